import type { EndpointCheck } from '../../app/answers.ts'

interface CheckResultProps {
  readonly of: EndpointCheck
  /** Whether the receiver is to be asked before it gets anything. */
  readonly asksConsent: boolean
}

/** What the rules say of a URL: those that hold at every connection. Nothing was sent to it yet. */
export function CheckResult({ of: { is_accepted, rule, detail }, asksConsent }: CheckResultProps) {
  return (
    <p className={`note ${is_accepted ? '' : 'is-bad'}`} role="status">
      <span>
        <strong>{is_accepted ? 'The URL may be an endpoint.' : 'The URL is refused.'}</strong>{' '}
        {is_accepted ? (
          `Nothing was sent to it: ${asksConsent ? 'it is asked for its consent' : 'whether it answers shows'} with the first test, once it is added.`
        ) : (
          <>
            <code>{rule}</code> {detail}
          </>
        )}
      </span>
    </p>
  )
}
