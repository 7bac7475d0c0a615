import { CliError } from './errors.ts'

/** Settles as `work` does, or rejects after `ms` milliseconds with the error made then. */
export function deadline<T>(work: Promise<T>, ms: number, late: () => Error = gaveUp): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function gaveUp(): Error {
  return new CliError('MR_CLI_KAFKA_UNREACHABLE', 'Kafka does not answer any more.')
}
