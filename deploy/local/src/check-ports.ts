import { LocalError } from './errors.ts'
import { type Env, portOf } from './local-env.ts'
import { isFree, whoHolds } from './ports.ts'
import type { PortSetting } from './services.ts'

/** Throws MR_LOCAL_PORT_BUSY naming each busy port, who holds it where the system tells, and the variable that moves it. */
export async function checkPorts(env: Env, settings: readonly PortSetting[]): Promise<void> {
  const found = await Promise.all(settings.map((setting) => describeBusy(portOf(env, setting), setting)))
  const busy = found.filter((line) => line !== undefined)
  if (busy.length === 0) return
  const head = busy.length === 1 ? 'A port is taken' : `${busy.length} ports are taken`
  throw new LocalError('MR_LOCAL_PORT_BUSY', `${head}, so nothing was started:\n${busy.join('\n')}`)
}

async function describeBusy(port: number, { variable }: PortSetting): Promise<string | undefined> {
  if (await isFree(port)) return undefined
  const holder = (await whoHolds(port)) ?? 'another process'
  return `  ${port} is held by ${holder}; end it, or set ${variable} to another port`
}
