import type { Log } from '@millrace/kafka'
import type { Exchange } from './exchange.ts'

/** What is decided of a request, in the order of the pipeline. */
export type Step =
  | 'route'
  | 'address-limit'
  | 'allow-list'
  | 'body'
  | 'verify'
  | 'source-limit'
  | 'scan'
  | 'handshake'
  | 'publish'
  | 'reply'

/** Tells one decision of a request, by its `webhook_id`. Fields are names, counts and places: never a payload, a header's value or a secret. */
export type Decide = (exchange: Exchange, step: Step, fields?: object) => void

/** Undefined unless debug lines are written: called as `decide?.(…)`, nothing is made for a line that nobody reads. */
export function createDecide(log: Log): Decide | undefined {
  // Of pino; a log that cannot tell gets every line, and drops what it does not want.
  const { isLevelEnabled } = log as Log & { isLevelEnabled?: (level: string) => boolean }
  if (isLevelEnabled !== undefined && !isLevelEnabled.call(log, 'debug')) return undefined
  return ({ webhookId, source, startedAt }, step, fields = {}) => {
    const ms = Math.round((performance.now() - startedAt) * 100) / 100
    log.debug({ webhook_id: webhookId, step, source: source?.name ?? null, ms, ...fields }, 'decision')
  }
}
