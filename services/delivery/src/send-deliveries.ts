import { type InRecord, type Kafka, permanent, type Running, throttled } from '@millrace/kafka'
import { type Attempt, type Delivery, type Endpoint, retryTiers, type Topic, topics } from '@millrace/schemas'
import { attemptOf } from './attempt-record.ts'
import { awaitPredecessor } from './await-predecessor.ts'
import type { Previews } from './complete-preview.ts'
import { runName } from './delivery-run.ts'
import { isDisabled } from './endpoint-health.ts'
import type { EndpointLimits } from './endpoint-limits.ts'
import type { EndpointStates } from './endpoint-states.ts'
import { CONCLUDED, type Grant, type Grants } from './grants.ts'
import { type Lanes, tryName } from './lanes.ts'
import { outcomeOf } from './outcome-of.ts'
import { HOLD_MS } from './plan-lane.ts'
import { planNext } from './plan-next.ts'
import type { ReportAttempt } from './report-attempts.ts'
import type { ReportEnd } from './report-time.ts'
import { expiresAt, policyOf } from './retry-policy.ts'
import type { Settled } from './settled.ts'
import { type ParkedWait, park, type Tier } from './tiers.ts'
import { notPosted, type Tried } from './tried.ts'
import { type TryParts, tryDelivery } from './try-delivery.ts'
import type { Undelivered } from './undelivered.ts'
import { writeSurely } from './write-surely.ts'

export interface SendParts extends TryParts {
  readonly kafka: Kafka
  /** Deliveries in memory at most. */
  readonly maxQueued: number
  readonly lanes: Lanes
  readonly grants: Grants
  readonly limits: Pick<EndpointLimits, 'allow'>
  readonly states: EndpointStates
  readonly settled: Settled
  readonly undelivered: Undelivered
  readonly previews: Previews
  readonly report: ReportAttempt
  readonly reportEnd: ReportEnd
  readonly tiers: readonly Tier[]
  /** Multiplies every delay; 1 outside tests. */
  readonly scale: number
  /** Aborts when tries that are still open must end, for the process ends. */
  readonly stopping: AbortSignal
}

/** How often a delivery that waits for a fault of ours is looked at before it leaves memory, and for how long it does. */
const TIMES_IN_MEMORY = 5
const OUR_FAULT_MS = 20_000

/** One delivery in hand. */
interface InHand {
  readonly record: InRecord<Delivery>
  readonly delivery: Delivery
  /** Aborts when the partition goes to another owner. */
  readonly signal: AbortSignal
  readonly attempt: number
}

/** Deliveries to their endpoints, at least once each. */
export function startSends(parts: SendParts): Running {
  return parts.kafka.consume<Delivery>({
    group: 'delivery-send',
    topics: [topics.requested, ...retryTiers.map(({ topic }) => topic)],
    ordering: 'none',
    // What waits for its endpoint must keep no other endpoint's delivery from running, so all that is held is handed over: the lanes count.
    maxInFlight: parts.maxQueued,
    concurrency: parts.maxQueued,
    notBefore: ({ value }) => {
      if (value === null) return 0
      if (value.not_before > Date.now()) parts.undelivered.wait(value)
      return value.not_before
    },
    handle: async (record, { signal, attempt }) => {
      if (record.value !== null) await deliver(parts, { record, delivery: record.value, signal, attempt })
    },
  })
}

async function deliver(parts: SendParts, hand: InHand): Promise<void> {
  const { delivery, record } = hand
  parts.undelivered.take(delivery)
  const isOrdered = delivery.sequence > 0
  const letGo = isOrdered ? parts.settled.hold(runName(delivery)) : undefined
  try {
    const endpoint = parts.endpoints.find(record.key)
    if (typeof endpoint === 'string' || !endpoint.is_enabled) {
      const tried = await tryDelivery(parts, delivery, parts.stopping, undefined)
      return await conclude(parts, hand, undefined, tried)
    }
    await deliverTo(parts, hand, endpoint)
  } finally {
    letGo?.()
    // A delivery that was parked has been noted anew by then.
    parts.undelivered.drop(delivery.delivery_id)
  }
}

async function deliverTo(parts: SendParts, hand: InHand, endpoint: Endpoint): Promise<void> {
  const { delivery, signal, attempt } = hand
  const now = Date.now()
  const end = expiresAt(delivery, policyOf(endpoint, parts.scale))
  if (now >= end) return await giveUp(parts, hand, 'MR_DELIVERY_EXPIRED')
  if (isDisabled(parts.states.current(endpoint), endpoint.updated_at)) {
    parts.states.givenUp(endpoint)
    return await giveUp(parts, hand, 'MR_DELIVERY_ENDPOINT_DISABLED')
  }
  const waitMs = Math.min(delivery.due_at, end) - now
  if (waitMs > HOLD_MS)
    return await parkIt(parts, hand, { dueAt: now + waitMs, cause: delivery.waiting_for || 'retry', end })
  if (waitMs > 0) throw throttled('is not due yet', waitMs)
  if (delivery.preview !== null) return await completeFirst(parts, hand, endpoint, end)
  if (endpoint.order === 'conversation') {
    const wait = await awaitPredecessor(parts.settled, delivery, { attempt, now: Date.now })
    if (wait !== undefined) return await parkIt(parts, hand, { dueAt: Math.min(end, wait.dueAt), cause: 'order', end })
  }
  const turn = await parts.lanes.enter(endpoint, delivery, signal)
  if (turn.kind === 'later') throw throttled('another owner may have it in hand', turn.ms)
  if (turn.kind === 'park')
    return await parkIt(parts, hand, { dueAt: Math.min(end, turn.dueAt), cause: turn.cause, end })
  if (turn.kind === 'ended') {
    // Whatever followed from it is written already.
    if (turn.result === CONCLUDED) return
    return await conclude(parts, hand, endpoint, JSON.parse(turn.result) as Tried)
  }
  const tried = await tryOnce(parts, hand, endpoint, turn.grant).finally(turn.done)
  // Who owns the partition now finds the result in Redis.
  signal.throwIfAborted()
  await conclude(parts, hand, endpoint, tried)
}

/** Reads what the event lacks, while the endpoint's places are others'; what is sent, by this try and every later one, is whole then. */
async function completeFirst(parts: SendParts, hand: InHand, endpoint: Endpoint, end: number): Promise<void> {
  const completed = await parts.previews.complete(hand.delivery, endpoint, hand.signal)
  const now = Date.now()
  switch (completed.kind) {
    case 'ready':
      return await deliverTo(parts, { ...hand, delivery: completed.delivery }, endpoint)
    case 'later':
      if (completed.ms <= HOLD_MS) throw throttled('what its event lacks cannot be read yet', completed.ms)
      return await parkIt(parts, hand, { dueAt: Math.min(end, now + completed.ms), cause: 'preview', end })
    case 'unwanted':
      return await conclude(parts, hand, endpoint, {
        ...notPosted('MR_DELIVERY_UNWANTED'),
        startedAt: now,
        endedAt: now,
        origin: null,
      })
    case 'unreadable':
      return await giveUp(parts, hand, 'MR_DELIVERY_PREVIEW_UNREADABLE', completed.reason)
  }
}

/** Makes the try and ends its grant, so that the place is free and the result is known to whoever owns the delivery next. */
async function tryOnce(
  parts: SendParts,
  { delivery, record }: InHand,
  endpoint: Endpoint,
  grant: Grant,
): Promise<Tried> {
  let tried: Tried | undefined
  try {
    tried = await tryDelivery(parts, delivery, parts.stopping, grant)
    return tried
  } finally {
    const plan = tried && planNext(delivery, tried, rulesFor(parts, endpoint))
    const outcome = tried && outcomeOf(tried)
    await parts.grants.end({
      key: record.key,
      tenant: delivery.tenant,
      grant: grant.id,
      try: tryName(delivery),
      wasSent: tried?.wasSent ?? true,
      // The same try is made again where nothing was used up.
      result: tried === undefined || plan?.againMs !== undefined ? '' : JSON.stringify({ ...tried, answer: null }),
      blockMs: outcome === undefined ? 0 : Math.max(0, outcome.blockedUntil - outcome.endedAt),
    })
    if (outcome !== undefined) parts.states.afterTry(endpoint, outcome)
    if (tried?.allowedPerMinute != null) parts.limits.allow(record.key, tried.allowedPerMinute)
  }
}

type WithPolicy = Parameters<typeof policyOf>[0]

function rulesFor({ tiers, scale }: SendParts, endpoint: WithPolicy) {
  return { policy: policyOf(endpoint, scale), tiers, scale }
}

/** For what has no endpoint any more: nothing is tried again. */
const noEndpoint: WithPolicy = { kind: 'config', retry_delays_ms: [], give_up_after_ms: 0 }

/** Writes what follows from a try. */
async function conclude(parts: SendParts, hand: InHand, endpoint: Endpoint | undefined, tried: Tried): Promise<void> {
  const { delivery } = hand
  const plan = planNext(delivery, tried, rulesFor(parts, endpoint ?? noEndpoint))
  const { retry, deadLetter, againMs } = plan
  if (againMs !== undefined && plan.outcome !== 'unknown') return await waitForUs(parts, hand, tried, againMs)
  const nextAttemptAt = retry?.delivery.due_at ?? null
  // The attempt first: killed in between, it is recorded once more, which delivery and number tell.
  await tell(parts, hand, attemptOf(delivery, tried, { outcome: plan.outcome, nextAttemptAt }), tried.origin)
  if (againMs !== undefined) throw throttled(`${tried.errorCode}`, againMs)
  if (retry !== undefined) await write(parts, hand, retry)
  else {
    await settle(parts, delivery)
    const undelivered = deadLetter === undefined ? 'dropped' : 'failed'
    const outcome = plan.outcome === 'succeeded' ? 'delivered' : undelivered
    parts.reportEnd(delivery, { outcome, kind: endpoint?.kind, errorCode: tried.errorCode })
  }
  if (retry !== undefined) await parts.grants.concluded({ tenant: delivery.tenant, try: tryName(delivery) })
  // That it is gone was told when that disabled it.
  if (deadLetter !== undefined)
    throw permanent(deadLetter.code, deadLetter.reason, { isTold: deadLetter.code === 'MR_DELIVERY_GONE' })
}

/** A fault of ours uses up no try, and is no attempt of the endpoint's to be recorded. */
async function waitForUs(parts: SendParts, hand: InHand, { errorCode }: Tried, againMs: number): Promise<void> {
  parts.lanes.hold(hand.record.key, againMs)
  if (hand.attempt < TIMES_IN_MEMORY) throw throttled(`${errorCode}`, againMs)
  await parkIt(parts, hand, { dueAt: Date.now() + OUR_FAULT_MS * parts.scale, cause: 'retry' })
}

/** A dead letter without another try. */
async function giveUp(
  parts: SendParts,
  hand: InHand,
  code: 'MR_DELIVERY_EXPIRED' | 'MR_DELIVERY_ENDPOINT_DISABLED' | 'MR_DELIVERY_PREVIEW_UNREADABLE',
  why = `after ${hand.delivery.attempts} tries`,
): Promise<void> {
  const { delivery } = hand
  const now = Date.now()
  const untried: Tried = { ...notPosted('MR_DELIVERY_ENDPOINT_DISABLED'), startedAt: now, endedAt: now, origin: null }
  const attempt: Attempt = {
    ...attemptOf(delivery, untried, { outcome: 'failed', nextAttemptAt: null }),
    error_code: code,
    plan: 'dead-letter',
  }
  await tell(parts, hand, attempt, null)
  await settle(parts, delivery)
  const errorCode = code === 'MR_DELIVERY_ENDPOINT_DISABLED' ? code : null
  parts.reportEnd(delivery, { outcome: 'failed', kind: endpointKind(parts, hand), errorCode })
  const reason = `event ${delivery.event_id} to endpoint ${delivery.endpoint_id}: ${why}`
  // One of an endpoint that is disabled has been told of for them all.
  throw permanent(code, reason, { isTold: code === 'MR_DELIVERY_ENDPOINT_DISABLED' })
}

function endpointKind({ endpoints }: SendParts, { record }: InHand): Endpoint['kind'] | undefined {
  const endpoint = endpoints.find(record.key)
  return typeof endpoint === 'string' ? undefined : endpoint.kind
}

async function parkIt(parts: SendParts, hand: InHand, wait: Omit<ParkedWait, 'now'>): Promise<void> {
  await write(parts, hand, park(parts.tiers, hand.delivery, { ...wait, now: Date.now() }))
}

async function write(
  parts: SendParts,
  { record, signal }: InHand,
  { topic, delivery }: { readonly topic: Topic<Delivery>; readonly delivery: Delivery },
): Promise<void> {
  const headers = Object.fromEntries(record.headers)
  // Noted first: who comes after it in its conversation must not take it for lost.
  if (delivery.sequence > 0) await parts.settled.waits(delivery.tenant, runName(delivery), delivery.due_at)
  await writeSurely(() => parts.kafka.send(topic, record.key, delivery, { headers }), signal)
  parts.undelivered.wait(delivery)
}

async function tell(parts: SendParts, { record, signal }: InHand, attempt: Attempt, origin: string | null) {
  const headers = attemptHeaders(record)
  await writeSurely(() => parts.kafka.send(topics.attempts, record.key, attempt, { headers }), signal)
  parts.report(attempt, origin)
}

async function settle({ settled }: SendParts, delivery: Delivery): Promise<void> {
  if (delivery.sequence > 0) await settled.settle(delivery.tenant, runName(delivery))
}

/** What a try belongs to, for whoever follows a webhook through the topics. */
function attemptHeaders({ headers }: InRecord<Delivery>): Readonly<Record<string, Buffer>> {
  const webhookId = headers.get('x-webhook-id')
  return webhookId === undefined ? {} : { 'x-webhook-id': webhookId }
}
