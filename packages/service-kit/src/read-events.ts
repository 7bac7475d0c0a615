import { asObject, elementsOf, type PolledEvent, type PolledFor, polledEvent } from '@millrace/domain'
import { type FrontClient, FrontError, type Lane, type ListAnswer } from '@millrace/front-client'
import { type Kafka, KafkaError, type Log } from '@millrace/kafka'
import { topics } from '@millrace/schemas'
import { patiently } from './patiently.ts'
import type { SeenEvents } from './seen-events.ts'

/** `stored`: in `webhooks.received` now; `seen`: this process stored it before; `refused`: larger than the topic takes. */
export type EventOutcome = 'stored' | 'seen' | 'refused'

export interface ReadParts {
  readonly client: Pick<FrontClient, 'listEvents'>
  readonly owner: PolledFor
  readonly kafka: Pick<Kafka, 'send'>
  readonly seen: SeenEvents
  readonly log: Log
  readonly onEvent: (outcome: EventOutcome) => void
  readonly signal: AbortSignal
  /** As `patiently` takes it. */
  readonly giveUpAfterMs?: number | undefined
}

/** Times by the provider's clock, epoch milliseconds. */
export interface EventRange {
  /** Events after this time. */
  readonly after: number
  /** And before this one; all there are when absent. */
  readonly before?: number
  /** In the words of the Events API; all when absent. */
  readonly types?: readonly string[]
  readonly lane: Lane
  readonly maxPages: number
}

export interface ReadSoFar {
  /** Everything that was listed as happening before this is stored. */
  readonly reached: number
  /** When the newest event met happened; null while none was. */
  readonly newest: number | null
  /** True when the list's end was reached. */
  readonly isComplete: boolean
  readonly pages: number
  /** When the events of the last page happened. */
  readonly times: readonly number[]
}

/**
 * Reads the list of events of a time, oldest first, and stores each in `webhooks.received` before it goes on. Oldest first, so that what comes up
 * meanwhile moves nothing that is still to be read (a page may repeat, none is skipped) and what was read stays read after a crash. `onPage` is told
 * after each page and may store how far it is.
 * @throws KafkaError while Kafka takes nothing; FrontError as `patiently`
 */
export async function readEvents(
  parts: ReadParts,
  range: EventRange,
  onPage: (soFar: ReadSoFar) => Promise<void> = async () => {},
): Promise<ReadSoFar> {
  let soFar: ReadSoFar = { reached: range.after, newest: null, isComplete: false, pages: 0, times: [] }
  let place: Place = { after: range.after, token: null }
  let isAscending = true
  while (!soFar.isComplete && soFar.pages < range.maxPages) {
    const page = await readPage(parts, range, place, soFar.reached)
    if (page === null) {
      // The token has ended: the list is asked anew from where it got to.
      place = { after: soFar.reached - 1, token: null }
      continue
    }
    const times = await storePage(parts, page)
    const newest = Math.max(soFar.newest ?? Number.NEGATIVE_INFINITY, ...times)
    isAscending &&= isInOrder([soFar.newest ?? range.after, ...times])
    if (page.next !== null && page.next === place.token)
      throw new FrontError('MR_FRONT_BAD_ANSWER', 'GET /events: the page names itself as the next one')
    soFar = {
      // More of the same millisecond may be on the next page. A list that is not in order tells nothing before its end.
      reached: isAscending && Number.isFinite(newest) ? Math.max(soFar.reached, newest) : soFar.reached,
      newest: Number.isFinite(newest) ? newest : null,
      isComplete: page.next === null,
      pages: soFar.pages + 1,
      times,
    }
    place = { after: place.after, token: page.next }
    await onPage(soFar)
  }
  return soFar
}

function isInOrder(times: readonly number[]): boolean {
  return times.every((time, place) => place === 0 || time >= (times[place - 1] ?? time))
}

/** A call that waits for its turn keeps its place in the lane; one that gives up begins at the end again. */
const TURN_MS = 600_000

interface Place {
  readonly after: number
  readonly token: string | null
}

/** Null when Front does not take the page token any more. */
async function readPage(
  parts: ReadParts,
  range: EventRange,
  place: Place,
  reached: number,
): Promise<ListAnswer | null> {
  const { client, owner, log, signal, giveUpAfterMs } = parts
  const options = {
    after: place.after,
    ...(range.before === undefined ? {} : { before: range.before }),
    ...(range.types === undefined ? {} : { types: range.types }),
    ...(place.token === null ? {} : { pageToken: place.token }),
    order: 'asc',
    lane: range.lane,
    maxWaitMs: TURN_MS,
    signal,
  } as const
  try {
    return await patiently(() => client.listEvents(options), { log, account: owner.account, signal, giveUpAfterMs })
  } catch (error) {
    const isTokenEnded = error instanceof FrontError && error.code === 'MR_FRONT_REJECTED' && place.token !== null
    if (!isTokenEnded || reached - 1 <= place.after) throw error
    return null
  }
}

/** Stores what is new on a page; gives the times of its events. */
async function storePage(parts: ReadParts, page: ListAnswer): Promise<number[]> {
  const receivedAt = Date.now()
  const events = page.pages.flatMap(({ bytes, json }) => {
    const results = asObject(json)?._results
    const elements = elementsOf(bytes, '_results')
    return (Array.isArray(results) ? results : []).map((result: unknown, index) => {
      const own = elements[index] ?? Buffer.from(JSON.stringify(result))
      return polledEvent(parts.owner, own, result, receivedAt)
    })
  })
  // All at once: they keep their order on the way to their partitions.
  await Promise.all(events.map((event) => storeEvent(parts, event)))
  return events.flatMap(({ occurredAt }) => occurredAt ?? [])
}

async function storeEvent({ kafka, seen, onEvent, log, owner, signal }: ReadParts, event: PolledEvent): Promise<void> {
  if (seen.has(event.identity)) return onEvent('seen')
  try {
    await kafka.send(topics.received, event.key, event.value, { headers: event.headers, signal })
  } catch (error) {
    // One that can never be stored must not hold up all that follow it.
    if (!(error instanceof KafkaError) || error.code !== 'MR_KAFKA_TOO_LARGE') throw error
    log.error({ account: owner.account, event: event.identity, bytes: event.value.payload.length }, 'event too large')
    return onEvent('refused')
  }
  seen.add(event.identity)
  onEvent('stored')
}
