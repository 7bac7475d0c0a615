import { type RunningSystem, waitFor } from '@millrace/test-support'

/** A command of the command line, tried again: a machine on which twenty processes have just begun may not answer in time at first. */
export function insist({ millrace }: Pick<RunningSystem, 'millrace'>, ...args: readonly string[]): Promise<string> {
  return waitFor(() => millrace(...args), { what: args.join(' '), deadlineMs: 180_000, everyMs: 1_000 })
}
