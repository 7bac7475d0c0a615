import type { LedgerState } from '../app/answers.ts'
import { Ago, Time } from './time.tsx'
import { formatCount } from './time-format.ts'

/** Says when what the console shows is not what the topics hold. Nothing is lost meanwhile: the ledger only reads. */
export function LedgerNote({ ledger }: { readonly ledger: LedgerState }) {
  if (ledger.state === 'live') return null
  const lag = ledger.lag_records === null ? '' : ` ${formatCount(ledger.lag_records)} records are still to be read.`
  if (ledger.state === 'catching-up')
    return (
      <p className="note is-warn" role="status">
        The console is reading what it has not read yet; lists and figures are not complete.{lag}
      </p>
    )
  return (
    <p className="note is-bad" role="alert">
      <span>
        <strong>
          Stale since <Time at={ledger.stale_since} />
        </strong>{' '}
        (<Ago at={ledger.stale_since} />
        ): {ledger.reason ?? 'the ledger cannot go on'}.
        {ledger.cause !== 'kafka' && ' Events are taken in and delivered as ever; only this page does not see them.'}
        {lag}
      </span>
    </p>
  )
}
