import { topicKey } from '@millrace/domain'
import type { Endpoint } from '@millrace/schemas'
import type { ServiceContext } from '@millrace/service-kit'
import { type Health, isDisabled } from './endpoint-health.ts'

const conditions = ['well', 'failing', 'breaker-open', 'disabled', 'switched-off'] as const
export type Condition = (typeof conditions)[number]

/** How an endpoint does, in a word. */
export function conditionOf(endpoint: Pick<Endpoint, 'is_enabled' | 'updated_at'>, health: Health): Condition {
  if (!endpoint.is_enabled) return 'switched-off'
  if (isDisabled(health, endpoint.updated_at)) return 'disabled'
  if (health.breaker !== 'closed') return 'breaker-open'
  return health.failingSince === null ? 'well' : 'failing'
}

export interface EndpointCounts {
  readonly endpoints: () => Iterable<Endpoint>
  readonly healthOf: (key: string) => Health
}

/** Counts the endpoints by condition. Every process tells all of them, as it knows them: of several the largest number holds, never the sum. */
export function reportEndpoints(
  meter: ServiceContext<unknown>['meter'],
  { endpoints, healthOf }: EndpointCounts,
): void {
  meter
    .createObservableGauge('millrace.delivery.endpoints', {
      description:
        'Endpoints by condition: well, failing, breaker-open, disabled (by this service), switched-off (by its owner); every replica tells all.',
    })
    .addCallback((result) => {
      const counts = new Map<Condition, number>(conditions.map((condition) => [condition, 0]))
      for (const endpoint of endpoints()) {
        const condition = conditionOf(endpoint, healthOf(topicKey(endpoint.tenant, endpoint.endpoint_id)))
        counts.set(condition, (counts.get(condition) ?? 0) + 1)
      }
      for (const [state, count] of counts) result.observe(count, { state })
    })
}
