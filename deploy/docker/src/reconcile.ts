import { checkEvents, countIds, type EventFigures } from '@millrace/chaos/check-events'
import type { Kafka } from '@millrace/kafka'
import type { Report } from '@millrace/local'
import { topics } from '@millrace/schemas'
import { type GeneratedTraffic, waitFor } from '@millrace/test-support'

const SETTLE_WITHIN_MS = 300_000
/** Nothing may be added for so long; what is doubled comes late. */
const QUIET_MS = 15_000

/** What was sent and must have come out. */
export interface Sent {
  readonly traffic: GeneratedTraffic
  /** Of this type the customer's endpoint gets every event. */
  readonly deliveredType: string
  /** Ids that the gateway gave the samples. */
  readonly samples: ReadonlySet<string>
}

/** What came out. */
interface Outcome {
  readonly events: EventFigures
  /** Samples of which there is no event. */
  readonly samplesLost: number
  readonly conversationsWithoutSnapshot: number
  /** Deliveries of the load's events. */
  readonly requested: number
  readonly requestedTwice: number
  readonly notArrived: number
  readonly receivedAgain: number
  readonly wronglySigned: number
}

/** Waits until all that was sent has come out and nothing more comes, and holds the topics and the customer's endpoint against it. What is missing in the end is counted. */
export async function reconcile(kafka: Kafka, receiver: string, sent: Sent, report: Report): Promise<void> {
  const wanted = wantedDeliveries(sent)
  let seen = ''
  const settled = await waitFor(
    async () => {
      const before = seen
      const now = await lookAtAll(kafka, receiver, sent, wanted)
      seen = JSON.stringify(now)
      report.progress(`working off: ${seen}`)
      return seen === before && isComplete(now, wanted.size)
    },
    { what: 'all that was sent to come out', deadlineMs: SETTLE_WITHIN_MS, everyMs: QUIET_MS },
  ).catch((error: Error) => {
    report.note(error.message)
    return false
  })
  report.figure('all was worked off', settled, { exactly: true })
  tell(await lookAtAll(kafka, receiver, sent, wanted), wanted.size, report)
}

const wantedDeliveries = ({ traffic, deliveredType }: Sent): ReadonlySet<string> =>
  new Set(traffic.events.filter(({ type }) => type === deliveredType).map(({ eventId }) => eventId))

async function lookAtAll(
  kafka: Kafka,
  receiver: string,
  { traffic, samples }: Sent,
  wanted: ReadonlySet<string>,
): Promise<Outcome> {
  const webhooks = await countIds(kafka, topics.events, ({ webhook_id }) => webhook_id)
  const snapshots = await countIds(kafka, topics.snapshots, ({ conversation_id }) => conversation_id)
  return {
    events: await checkEvents(kafka, traffic.expected),
    samplesLost: [...samples].filter((id) => !webhooks.has(id)).length,
    conversationsWithoutSnapshot: [...traffic.expected.keys()].filter((id) => !snapshots.has(id)).length,
    ...(await lookAtDeliveries(kafka, receiver, wanted)),
  }
}

async function lookAtDeliveries(kafka: Kafka, receiver: string, wanted: ReadonlySet<string>) {
  const requested = await countIds(kafka, topics.requested, ({ event_id }) => event_id)
  const deliveries = await countIds(kafka, topics.requested, ({ delivery_id }) => delivery_id)
  const ofLoad = [...requested].filter(([id]) => wanted.has(id))
  const received = (await (await fetch(`${receiver}/requests`)).json()) as { id: string; verdict: string }[]
  const ids = new Set(received.map(({ id }) => id))
  return {
    requested: ofLoad.length,
    requestedTwice: ofLoad.filter(([, times]) => times > 1).length,
    notArrived: [...deliveries.keys()].filter((id) => !ids.has(id)).length,
    receivedAgain: received.length - ids.size,
    wronglySigned: received.filter(({ verdict }) => verdict !== 'ok').length,
  }
}

function isComplete(outcome: Outcome, deliveries: number): boolean {
  const { events, samplesLost, conversationsWithoutSnapshot, requested, notArrived } = outcome
  return events.lost + samplesLost + conversationsWithoutSnapshot + notArrived === 0 && requested === deliveries
}

function tell(outcome: Outcome, deliveries: number, report: Report): void {
  const { events } = outcome
  report.figure('samples of which there is no event', outcome.samplesLost, { exactly: 0 })
  report.figure('acknowledged events lost', events.lost, { exactly: 0 })
  report.figure('events doubled', events.doubled, { exactly: 0 })
  report.figure('order inversions within a conversation', events.inversions, { exactly: 0 })
  report.figure('conversations without a snapshot', outcome.conversationsWithoutSnapshot, { exactly: 0 })
  report.figure('deliveries requested', outcome.requested, { exactly: deliveries })
  report.figure('deliveries requested twice', outcome.requestedTwice, { exactly: 0 })
  report.figure('deliveries that did not arrive', outcome.notArrived, { exactly: 0 })
  report.figure('deliveries received again (same webhook-id)', outcome.receivedAgain)
  report.figure('deliveries wrongly signed', outcome.wronglySigned, { exactly: 0 })
}
