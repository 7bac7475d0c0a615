import type { z } from 'zod'
import type { DeliveryAttempt, DeliverySummary } from './find-deliveries.ts'
import type { EventDetail } from './read-event.ts'
import type { deadLetterRecord } from './schemas/dead-letters.ts'
import type { timeline, timelineSpan } from './schemas/timeline.ts'

export type Timeline = z.infer<typeof timeline>
type Span = z.infer<typeof timelineSpan>

export interface TimelineFacts {
  readonly event: EventDetail
  readonly deliveries: readonly (DeliverySummary & {
    /** Of its endpoint as it is now; null when it was removed. */
    readonly url: string | null
    readonly tries: readonly DeliveryAttempt[]
  })[]
  readonly deadLetters: readonly z.infer<typeof deadLetterRecord>[]
}

const MAX_SPANS = 500

/** The waterfall of one event: its hops, its deliveries with their tries, what died, and its replays. */
export function timelineOf(facts: TimelineFacts): Timeline {
  const { event } = facts
  const all = [
    ...hopSpans(event),
    ...facts.deliveries.flatMap(deliverySpans),
    ...facts.deadLetters.map(deadSpan),
    ...runSpans(event),
  ]
  const spans = inOrder(all).slice(0, MAX_SPANS)
  const times = spans.flatMap(({ started_at, ended_at }) => [started_at, ended_at]).filter((at) => at !== null)
  const isWaiting = event.status === 'pending' || spans.some(({ state }) => state === 'waiting')
  return {
    event_id: event.event_id,
    type: event.type,
    status: event.status,
    occurred_at: event.occurred_at,
    started_at: Math.min(...times),
    ended_at: isWaiting ? null : Math.max(...times),
    spans,
    is_truncated: all.length > spans.length,
  }
}

const nothing = {
  parent_id: null,
  run_id: null,
  position: null,
  delivery_id: null,
  endpoint_id: null,
  attempt: null,
  status_code: null,
  error_code: null,
  detail: null,
  steps: [],
} satisfies Partial<Span>

function hopSpans({
  hops,
  origin,
  source,
  conversation_id,
  received_position,
  event_position,
  status,
}: EventDetail): Span[] {
  const { received, deduped, snapshot, graph } = hops
  const hop = (kind: 'snapshot' | 'graph', service: string, at: number | null, hasBusiness: boolean): Span => {
    const state = at !== null ? 'done' : hasBusiness && status === 'pending' ? 'waiting' : 'none'
    const span = { ...nothing, id: kind, kind, service, state, label: labels[kind][state] } satisfies Partial<Span>
    return { ...span, started_at: state === 'none' ? null : (deduped ?? received), ended_at: at }
  }
  return [
    {
      ...nothing,
      id: 'received',
      kind: 'received',
      service: origin === 'poll' ? 'poller' : 'gateway',
      state: 'done',
      label: origin === 'poll' ? `Polled for ${source}` : `Received by ${source}`,
      started_at: received,
      ended_at: received,
      position: received_position,
    },
    {
      ...nothing,
      id: 'deduped',
      kind: 'deduped',
      service: 'dedup',
      state: 'done',
      label: 'Let through once',
      started_at: received,
      ended_at: deduped,
      position: event_position,
    },
    hop('snapshot', 'conversation-refresh', snapshot, conversation_id !== null),
    hop('graph', 'knowledge-graph', graph, true),
  ]
}

const labels = {
  snapshot: {
    done: 'In the conversation’s snapshot',
    waiting: 'Waits for the conversation’s snapshot',
    none: 'Belongs to no conversation, or its snapshot holds it no longer',
  },
  graph: {
    done: 'In the knowledge graph',
    waiting: 'Waits for the knowledge graph',
    none: 'Nothing for the knowledge graph',
  },
} as const

function deliverySpans(delivery: TimelineFacts['deliveries'][number]): Span[] {
  const { delivery_id, endpoint_id, event_type, run_id, state, waiting_for, requested_at, due_at, ended_at, attempts } =
    delivery
  const id = `delivery ${delivery_id} ${run_id ?? ''}`.trim()
  const common = { ...nothing, run_id, delivery_id, endpoint_id, service: 'delivery' } as const
  const isOpen = state === 'requested' || state === 'waiting'
  const due = due_at === null ? '' : `; due ${new Date(due_at).toISOString()}`
  const span: Span = {
    ...common,
    id,
    kind: 'delivery',
    state: isOpen ? 'waiting' : state === 'succeeded' ? 'done' : 'failed',
    label: `${event_type} to ${placeOf(delivery.url) ?? endpoint_id}`,
    started_at: requested_at,
    ended_at,
    attempt: attempts,
    status_code: delivery.last_status_code,
    error_code: delivery.last_error_code,
    detail: isOpen ? `waits for ${waiting_for ?? 'its turn'}${due}` : null,
  }
  return [span, ...delivery.tries.map((each) => ({ ...common, ...trySpan(each, id) }))]
}

/** Host and path; a query may hold what is secret. */
function placeOf(url: string | null): string | undefined {
  if (url === null || !URL.canParse(url)) return undefined
  const { host, pathname } = new URL(url)
  return `${host}${pathname === '/' ? '' : pathname}`
}

function trySpan(each: DeliveryAttempt, parent: string) {
  return {
    id: `${parent} try ${each.started_at} ${each.attempt}`,
    parent_id: parent,
    kind: 'attempt',
    state: each.outcome === 'succeeded' ? 'done' : 'failed',
    label: `Try ${each.attempt}: ${each.status_code ?? each.error_code ?? each.outcome}`,
    started_at: each.started_at,
    ended_at: each.started_at + each.duration_ms,
    attempt: each.attempt,
    status_code: each.status_code,
    error_code: each.error_code,
    detail: each.plan || null,
    steps: stepsOf(each),
  } as const
}

function stepsOf({ dns_us, connect_us, tls_us, first_byte_us }: DeliveryAttempt): Span['steps'] {
  const steps = [
    ['dns', dns_us],
    ['connect', connect_us],
    ['tls', tls_us],
    ['first-byte', first_byte_us],
  ] as const
  return steps.flatMap(([name, us]) => (us === null ? [] : [{ name, us }]))
}

function deadSpan(letter: TimelineFacts['deadLetters'][number]): Span {
  return {
    ...nothing,
    id: `dead ${letter.position}`,
    kind: 'dead-letter',
    service: letter.group,
    state: 'failed',
    label: letter.redriven_at === null ? `Given up by ${letter.group}` : `Given up by ${letter.group}, redriven since`,
    started_at: letter.at,
    ended_at: letter.redriven_at ?? letter.at,
    position: letter.position,
    delivery_id: letter.delivery_id,
    error_code: letter.error_code,
    detail: letter.error_message,
  }
}

function runSpans({ runs }: EventDetail): Span[] {
  return runs.map((run) => ({
    ...nothing,
    id: `run ${run.run_id}`,
    kind: 'replay',
    service: run.kind === 'replay' ? 'console' : 'dedup',
    state: 'done',
    label:
      run.kind === 'replay' ? `Replayed for ${run.target} by ${run.requested_by}` : 'Came again after the dedup window',
    started_at: run.replayed_at,
    ended_at: run.replayed_at,
    run_id: run.run_id,
  }))
}

/** By time, each parent with its children after it. What has no time comes with the hops, at the beginning. */
function inOrder(spans: readonly Span[]): Span[] {
  const children = Map.groupBy(
    spans.filter(({ parent_id }) => parent_id !== null),
    ({ parent_id }) => parent_id,
  )
  const at = ({ started_at }: Span) => started_at ?? 0
  const hops = spans.slice(0, 4)
  const others = spans.slice(4).filter(({ parent_id }) => parent_id === null)
  const sorted = others.sort((a, b) => at(a) - at(b))
  return [...hops, ...sorted.flatMap((span) => [span, ...(children.get(span.id) ?? [])])]
}
