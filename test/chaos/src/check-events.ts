import type { Kafka } from '@millrace/kafka'
import { topics, type WebhookEvent } from '@millrace/schemas'
import type { GeneratedTraffic } from '@millrace/test-support'

/** What a read_committed reader of `webhooks.events` saw against what was sent. */
export interface EventFigures {
  readonly seen: number
  /** Acknowledged events that are not there. */
  readonly lost: number
  /** Copies beyond the first. */
  readonly doubled: number
  /** Neighbours of one conversation in the wrong order. */
  readonly inversions: number
  readonly unexpected: number
}

/** @param isCounted false for events that others caused in the same conversations. Default: all are counted */
export async function checkEvents(
  kafka: Kafka,
  expected: GeneratedTraffic['expected'],
  isCounted: (event: WebhookEvent) => boolean = () => true,
): Promise<EventFigures> {
  const byConversation = new Map<string, string[]>()
  let seen = 0
  for await (const record of kafka.read(topics.events, { untilEnd: true })) {
    const event = kafka.decode(topics.events, record)
    if (event === null || !isCounted(event)) continue
    seen++
    const conversation = event.conversation_id ?? ''
    const ids = byConversation.get(conversation)
    if (ids === undefined) byConversation.set(conversation, [event.event_id])
    else ids.push(event.event_id)
  }
  let lost = 0
  let doubled = 0
  let inversions = 0
  for (const [conversation, ids] of expected) {
    const found = byConversation.get(conversation) ?? []
    const unique = [...new Set(found)]
    doubled += found.length - unique.length
    lost += ids.filter((id) => !unique.includes(id)).length
    const place = new Map(ids.map((id, index) => [id, index]))
    const order = unique.map((id) => place.get(id) ?? -1)
    inversions += order.filter((at, index) => index > 0 && at < (order[index - 1] ?? -1)).length
  }
  const unexpected = [...byConversation].filter(([conversation]) => !expected.has(conversation)).length
  return { seen, lost, doubled, inversions, unexpected }
}

/** How often each id occurs in a topic, by what `idOf` takes from a value. */
export async function countIds<V>(
  kafka: Kafka,
  topic: Parameters<typeof kafka.decode<V>>[0],
  idOf: (value: V) => string,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for await (const record of kafka.read(topic, { untilEnd: true })) {
    const value = kafka.decode(topic, record)
    if (value === null) continue
    const id = idOf(value)
    counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  return counts
}
