import { OperationsError } from './errors.ts'

/** Settles as `work` does, or rejects after `ms` milliseconds with the error made then (default `MR_OPERATIONS_KAFKA_AWAY`). */
export function deadline<T>(work: Promise<T>, ms: number, late: () => Error = gaveUp): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function gaveUp(): Error {
  return new OperationsError('MR_OPERATIONS_KAFKA_AWAY', 'Kafka does not answer any more.')
}
