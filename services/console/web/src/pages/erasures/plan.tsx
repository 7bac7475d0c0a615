import type { ErasurePlan } from '../../app/answers.ts'
import { formatCount } from '../../ui/time-format.ts'
import { PlacesTable } from './places-table.tsx'

/** What an erasure would take, before anybody decides about it. */
export function Plan({ of }: { readonly of: ErasurePlan }) {
  const isNothing = of.places.length === 0
  return (
    <div className="stack" role="status">
      {isNothing ? (
        <p className="note is-warn">
          Neither the ledger nor Redis has anything of it.{' '}
          {of.is_encrypted && 'Asked for all the same, its key is destroyed, and what comes of it later is dropped.'}
        </p>
      ) : (
        <p>
          <strong>{whatGoes(of)}</strong> {of.is_encrypted ? 'would become unreadable' : 'would be taken out'}; the last
          record expires on {of.last_record_expires}.
        </p>
      )}
      {!of.is_encrypted && (
        <p className="note is-warn">
          Encryption is off (MILLRACE_ENCRYPTION), so there is no key to destroy: records in topics stay readable until
          that day, and what comes in later is kept again.
        </p>
      )}
      {!isNothing && (
        <>
          <details>
            <summary>Which</summary>
            <ul className="small">
              {of.subjects.map(({ kind, id }) => (
                <li key={`${kind}/${id}`} className="break">
                  {kind} <code>{id}</code>
                </li>
              ))}
              {of.subject_count > of.subjects.length && (
                <li>and {formatCount(of.subject_count - of.subjects.length)} more</li>
              )}
            </ul>
          </details>
          <PlacesTable caption="What there is" of={of.places} />
          {of.topics.length > 0 && (
            <details>
              <summary>Records in {of.topics.length} topics, and in their dead letters, are not counted</summary>
              <p className="small">They become unreadable with the keys: {of.topics.join(', ')}.</p>
            </details>
          )}
        </>
      )}
    </div>
  )
}

/** Conversations first: others have said something in them. */
function whatGoes({ subject_count, conversation_count }: ErasurePlan): string {
  const besides = subject_count - conversation_count
  const parts = [
    conversation_count > 0 && `${sayCount(conversation_count, 'whole conversation')} with what others said there`,
    besides > 0 && sayCount(besides, conversation_count > 0 ? 'further subject' : 'subject'),
  ]
  return parts.filter((part) => part !== false).join(' and ')
}

function sayCount(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`
}
