import type { EndpointCheck } from '../../app/answers.ts'

/** What the rules say of a URL: those that hold at every connection. */
export function CheckResult({ of: { is_accepted, rule, detail } }: { readonly of: EndpointCheck }) {
  return (
    <p className={`note ${is_accepted ? '' : 'is-bad'}`} role="status">
      <span>
        <strong>{is_accepted ? 'The URL may be an endpoint.' : 'The URL is refused.'}</strong>{' '}
        {!is_accepted && (
          <>
            <code>{rule}</code> {detail}
          </>
        )}
      </span>
    </p>
  )
}
