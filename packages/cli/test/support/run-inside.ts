import { runCli } from '../../src/run.ts'

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
