import { vi } from 'vitest'
import { runCli } from '../../src/run.ts'
import type { Env } from './millrace.ts'

/** Runs `millrace` in this process, which is faster, where neither a broker nor a signal is in play. */
export async function runInside(
  args: readonly string[],
  signal: AbortSignal = new AbortController().signal,
): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', '']
  const code = await runCli(args, {
    line: (text) => {
      out += `${text}\n`
    },
    note: (text) => {
      err += `${text}\n`
    },
    drained: async () => {},
    isInteractive: false,
    signal,
  })
  return { code, out, err }
}

/** The same with settings of its own; the environment is as before afterwards. */
export async function inside(args: readonly string[], env: Env): ReturnType<typeof runInside> {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  try {
    return await runInside(args)
  } finally {
    vi.unstubAllEnvs()
  }
}
