import { readFile, writeFile } from 'node:fs/promises'
import { CliError } from './errors.ts'

/** Stands for standard output: the toolbox has no directory of ours, and what it writes is not on the machine of whoever asks. */
export const STANDARD_OUTPUT = '-'

/** The bytes of a file that was named on the command line. @throws CliError `MR_CLI_NOT_FOUND` */
export async function readInput(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new CliError('MR_CLI_NOT_FOUND', `${path} cannot be read (${codeOf(cause)})`, { cause })
  }
}

/** Writes a file that was named on the command line. @throws CliError `MR_CLI_NOT_FOUND` */
export async function writeOutput(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((cause) => cannotWrite(path, cause))
}

/** @throws CliError `MR_CLI_NOT_FOUND` with the code of the file system */
export function cannotWrite(path: string, cause: unknown): never {
  throw new CliError('MR_CLI_NOT_FOUND', `${path} cannot be written (${codeOf(cause)})`, { cause })
}

function codeOf(cause: unknown): string | undefined {
  return (cause as { code?: string }).code
}
