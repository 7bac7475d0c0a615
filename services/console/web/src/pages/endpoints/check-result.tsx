import type { EndpointCheck } from '../../app/answers.ts'

/** What the rules say of a URL, and what the receiver said when it was asked for consent. */
export function CheckResult({ of: { is_accepted, rule, detail, consent } }: { readonly of: EndpointCheck }) {
  const isGood = is_accepted && consent?.is_granted !== false
  return (
    <div className={`note ${isGood ? '' : 'is-bad'}`} role="status">
      <div>
        <p>
          <strong>{is_accepted ? 'The URL may be an endpoint.' : 'The URL is refused.'}</strong>{' '}
          {!is_accepted && (
            <>
              <code>{rule}</code> {detail}
            </>
          )}
        </p>
        {consent !== null && (
          <p>
            <strong>{consent.is_granted ? 'The receiver consents.' : 'The receiver does not consent.'}</strong>{' '}
            {consent.detail}
          </p>
        )}
      </div>
    </div>
  )
}
