import { randomUUID } from 'node:crypto'
import { topicKey } from '@millrace/domain'
import type { Kafka, Log, Table } from '@millrace/kafka'
import { type Endpoint, type EndpointState, type Notice, topics } from '@millrace/schemas'
import {
  type Health,
  type HealthRules,
  healthAfter,
  healthOf,
  isDisabled,
  isNews,
  noticeDue,
  type Outcome,
  stateOf,
  wantsNothing,
  wellHealth,
} from './endpoint-health.ts'

/** How the endpoints do that this process sends to; what matters to later owners is told to `deliveries.endpoint-states`. */
export interface EndpointStates {
  of(key: string): Health
  /** The same, after a look whether its owner has enabled it anew. */
  current(endpoint: Endpoint): Health
  /** Whether nothing is to be requested for it, as far as is known here: an owner elsewhere tells within a second. */
  wantsNothing(endpoint: Endpoint): boolean
  /** A delivery was given up because the endpoint is disabled. Logs one line each time that it was disabled, not for each delivery. */
  givenUp(endpoint: Endpoint): void
  afterTry(endpoint: Endpoint, outcome: Outcome): void
  /** The endpoint was removed: nothing is known of it any more. */
  forget(key: string): void
  /** Tells what is not told yet. */
  flush(): Promise<void>
  close(): Promise<void>
}

export interface EndpointStatesOptions {
  readonly kafka: Pick<Kafka, 'send'>
  /** Of `topics.endpointStates`; ready. */
  readonly table: Pick<Table<EndpointState>, 'get' | 'onChange'>
  readonly rules: HealthRules
  readonly log: Log
}

/** Many tries of one endpoint become one record. */
const TELL_EVERY_MS = 500

export function createEndpointStates({ kafka, table, rules, log }: EndpointStatesOptions): EndpointStates {
  // Only endpoints that this process has tried; one that is removed goes too, so there are never more than endpoints.
  const known = new Map<string, Health>()
  const untold = new Map<string, { readonly endpoint: Endpoint; readonly told: Health }>()
  const writtenAt = new Map<string, number>()
  /** Endpoints about whose dead letters a line was logged, with when they were disabled. */
  const givenUpSince = new Map<string, number | null>()
  let telling: Promise<void> = Promise.resolve()

  table.onChange((key, state) => {
    if (state === undefined) known.delete(key)
    // Another owner's; one's own comes back too, and is older than what is known.
    else if (state.updated_at > (writtenAt.get(key) ?? 0)) known.delete(key)
  })

  const toldOf = (key: string): Health => {
    const state = table.get(key)
    return state === undefined ? wellHealth : healthOf(state)
  }
  const of = (key: string) => known.get(key) ?? toldOf(key)

  const change = (endpoint: Endpoint, health: Health) => {
    const key = topicKey(endpoint.tenant, endpoint.endpoint_id)
    const told = untold.get(key)?.told ?? of(key)
    known.set(key, health)
    if (isNews(told, health)) untold.set(key, { endpoint, told })
  }

  const notify = (endpoint: Endpoint, health: Health, now: number): Health => {
    const percent = noticeDue(health, now, rules)
    const isNewlyDisabled = health.disabledAt === now
    if (percent === undefined && !isNewlyDisabled) return health
    const notice = noticeOf(endpoint, health, percent, now)
    log.warn({ tenant: endpoint.tenant, endpoint_id: endpoint.endpoint_id, notice: notice.kind }, notice.text)
    kafka.send(topics.notices, endpoint.tenant, notice).catch((error) => {
      log.warn({ error: (error as Error).message }, 'a notice could not be written')
    })
    return percent === undefined ? health : { ...health, noticedPercent: percent }
  }

  const flush = async () => {
    for (const [key, { endpoint, told }] of [...untold]) {
      untold.delete(key)
      const state = stateOf(endpoint, of(key), Date.now())
      try {
        writtenAt.set(key, state.updated_at)
        await kafka.send(topics.endpointStates, key, state)
      } catch (error) {
        untold.set(key, untold.get(key) ?? { endpoint, told })
        log.warn({ error: (error as Error).message }, 'the state of an endpoint could not be written yet')
        return
      }
    }
  }
  const tell = () => {
    telling = telling.then(flush)
    return telling
  }
  const ticker = setInterval(() => void tell(), TELL_EVERY_MS)

  return {
    of,
    current(endpoint) {
      const health = of(topicKey(endpoint.tenant, endpoint.endpoint_id))
      if (health.disabledAt === null || isDisabled(health, endpoint.updated_at)) return health
      change(endpoint, wellHealth)
      return wellHealth
    },
    wantsNothing: (endpoint) =>
      wantsNothing(of(topicKey(endpoint.tenant, endpoint.endpoint_id)), endpoint.updated_at, Date.now(), rules),
    givenUp(endpoint) {
      const key = topicKey(endpoint.tenant, endpoint.endpoint_id)
      const { disabledAt, disabledReason } = of(key)
      if (givenUpSince.get(key) === disabledAt) return
      givenUpSince.set(key, disabledAt)
      const { tenant, endpoint_id } = endpoint
      log.warn(
        { tenant, endpoint_id, disabled_at: disabledAt, disabled_reason: disabledReason },
        'what comes for a disabled endpoint is a dead letter; from now on it is only counted',
      )
    },
    afterTry(endpoint, outcome) {
      const before = of(topicKey(endpoint.tenant, endpoint.endpoint_id))
      change(endpoint, notify(endpoint, healthAfter(before, outcome, rules), outcome.endedAt))
    },
    forget(key) {
      known.delete(key)
      untold.delete(key)
      writtenAt.delete(key)
      givenUpSince.delete(key)
      if (table.get(key) === undefined) return
      kafka.send(topics.endpointStates, key, null).catch((error) => {
        log.warn({ error: (error as Error).message }, 'the state of a removed endpoint could not be removed')
      })
    },
    flush: tell,
    async close() {
      clearInterval(ticker)
      await tell()
    },
  }
}

function noticeOf(endpoint: Endpoint, health: Health, percent: number | undefined, now: number): Notice {
  const id = endpoint.endpoint_id
  const text =
    percent !== undefined
      ? `endpoint ${id} has answered nothing but failures for ${percent} % of the time after which it is disabled`
      : health.disabledReason === 'gone'
        ? `endpoint ${id} answered 410 and is disabled; enable it to send to it again`
        : `endpoint ${id} has answered nothing but failures for too long and is disabled; enable it to send to it again`
  return {
    tenant: endpoint.tenant,
    notice_id: randomUUID(),
    at: now,
    severity: percent === undefined ? 'critical' : 'warning',
    kind: percent === undefined ? 'endpoint-disabled' : 'endpoint-failing',
    writer: 'delivery',
    subject: id,
    text,
    details_json: JSON.stringify({
      failing_since: health.failingSince,
      percent: percent ?? 100,
      reason: health.disabledReason,
    }),
  }
}
