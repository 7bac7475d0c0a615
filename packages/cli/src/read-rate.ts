import { usage } from './command.ts'

/** How many a second `--rate` asks for. @throws CliError `MR_CLI_USAGE` for less than 0.1 or more than 1,000 */
export function readRate(text: string | undefined, byDefault: number, command: string): number {
  if (text === undefined) return byDefault
  const rate = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN
  if (!(rate >= 0.1 && rate <= 1_000)) throw usage(`--rate is a number from 0.1 to 1,000, not "${text}"`, command)
  return rate
}
