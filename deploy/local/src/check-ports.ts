import { LocalError } from './errors.ts'
import { type Env, portOf } from './local-env.ts'
import { isFree, whoHolds } from './ports.ts'
import type { PortSetting } from './services.ts'

/** Throws MR_LOCAL_PORT_BUSY naming each busy port, who holds it where the system tells, and the variable that moves it. */
export async function checkPorts(env: Env, settings: readonly PortSetting[]): Promise<void> {
  const found = await Promise.all(settings.map((setting) => describeBusy(portOf(env, setting), setting.variable)))
  const busy = found.filter((line) => line !== undefined)
  if (busy.length === 0) return
  const head = busy.length === 1 ? 'A port is taken' : `${busy.length} ports are taken`
  throw new LocalError('MR_LOCAL_PORT_BUSY', `${head}, so Millrace does not start:\n${busy.join('\n')}`)
}

/** The error for a server that cannot listen because its port is taken; undefined when the port is free. `variable` moves it, where one does. */
export async function portTaken(name: string, port: number, variable?: string): Promise<LocalError | undefined> {
  const busy = await describeBusy(port, variable)
  return busy === undefined
    ? undefined
    : new LocalError('MR_LOCAL_PORT_BUSY', `${name} cannot listen, its port is taken:\n${busy}`)
}

async function describeBusy(port: number, variable: string | undefined): Promise<string | undefined> {
  if (await isFree(port)) return undefined
  const holder = (await whoHolds(port)) ?? 'another process'
  const remedy = variable === undefined ? 'end it' : `end it, or set ${variable} to another port`
  return `  ${port} is held by ${holder}; ${remedy}`
}
