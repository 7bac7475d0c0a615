import { Link } from 'wouter'
import type { EndpointTest } from '../../app/answers.ts'
import { AttemptList } from '../deliveries/attempt-list.tsx'

/** What came of a test send. */
export function AttemptResult({ of: { delivery_id, attempt } }: { readonly of: EndpointTest }) {
  const address = `/deliveries/${encodeURIComponent(delivery_id)}`
  if (attempt === null)
    return (
      <p className="note is-warn" role="status">
        <span>No try yet: the delivery service may be busy or down. </span>
        <Link href={address}>Follow the delivery</Link>
      </p>
    )
  return (
    <div role="status" className="panel">
      <AttemptList of={[attempt]} />
      <p className="in-panel small">
        <Link href={address}>The test’s delivery</Link>
      </p>
    </div>
  )
}
