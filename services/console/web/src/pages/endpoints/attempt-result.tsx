import { Link } from 'wouter'
import type { EndpointTest } from '../../app/answers.ts'
import { AttemptList } from '../deliveries/attempt-list.tsx'

/** What came of a test send. */
export function AttemptResult({ of: { delivery_id, attempt } }: { readonly of: EndpointTest }) {
  return (
    <div role="status" className="panel">
      <AttemptList of={[attempt]} />
      <p className="in-panel small">
        <Link href={`/deliveries/${encodeURIComponent(delivery_id)}`}>The test’s delivery</Link>
      </p>
    </div>
  )
}
