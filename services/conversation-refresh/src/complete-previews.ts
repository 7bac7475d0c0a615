import { AsyncLocalStorage } from 'node:async_hooks'
import { asTime, type ConversationState } from '@millrace/domain'
import { type FrontClient, FrontError, type FrontObject, isId, type Lane, lanes } from '@millrace/front-client'
import type { ConversationRefresh } from '@millrace/schemas'
import { type ChosenCall, chooseCall, isListed, MAX_MISSES, type WaitingPreview } from './choose-call.ts'
import { callOf } from './read-conversation.ts'
import { isEventLacking } from './still-needed.ts'
import type { Wish } from './wish.ts'

export interface CompleterOptions {
  readonly client: () => FrontClient
  /** What is known of conversations by now, by key. */
  readonly states: (keys: readonly string[]) => Promise<ReadonlyMap<string, ConversationState>>
  readonly send: (refresh: ConversationRefresh, wish: Wish) => Promise<void>
  /** For what lists of events do not show: a read of the whole conversation. */
  readonly readWhole: (wish: Wish) => Promise<void>
  /** Milliseconds that a preview waits for company. */
  readonly delayMs: number
  readonly signal: AbortSignal
  /** Told after each call, for metrics. */
  readonly onCompleted: (call: ChosenCall['kind'], events: number) => void
}

/** Completes previews, many by one call where it can be. */
export interface Completer {
  /** Resolves once each event of the wish is reflected, or its full copy is stored; rejects as the call for it did. */
  request(wish: Wish): Promise<void>
  waiting(): number
}

interface Entry {
  readonly wish: Wish
  preview: WaitingPreview
  readonly since: number
  readonly done: PromiseWithResolvers<void>
  /** Its own trace: one call completes previews of many. */
  readonly inContext: ReturnType<typeof AsyncLocalStorage.snapshot>
}

/** Previews of a page of 15 at first; then as experience says. */
const FIRST_EXPECTED = 3
const LEARNING = 0.2
const MAX_PER_PAGE = 15
const MOST_PATIENCE_MS = 5_000
/** A call that took no longer than this was not held up by the budget. */
const PROMPT_MS = 1_000

export function createCompleter(options: CompleterOptions): Completer {
  const waiting = new Map<string, Entry>()
  let expected = FIRST_EXPECTED
  /** How long the last call took, its wait for a turn included. */
  let lastCallMs = 0
  let isRunning = false

  const work = async () => {
    while (waiting.size > 0 && !options.signal.aborted) {
      await untilDue()
      await dropReflected()
      await handOverUnlisted()
      if (waiting.size > 0) await makeCall()
    }
  }

  /** A page's worth, or the oldest has waited long enough. */
  const untilDue = () =>
    new Promise<void>((resolve) => {
      const look = () => {
        const oldest = Math.min(...Array.from(waiting.values(), ({ since }) => since))
        // Where calls are short, each waits for more company, so that it completes more.
        const delayMs = options.delayMs + (lastCallMs > PROMPT_MS ? Math.min(lastCallMs, MOST_PATIENCE_MS) : 0)
        const left = waiting.size >= MAX_PER_PAGE * 2 ? 0 : oldest + delayMs - Date.now()
        if (left <= 0 || options.signal.aborted) resolve()
        else setTimeout(look, Math.min(left, 100))
      }
      look()
    })

  const dropReflected = async () => {
    const entries = [...waiting.values()]
    const states = await options.states([...new Set(entries.map(({ wish }) => wish.key))])
    for (const entry of entries) if (!isEventLacking(states.get(entry.wish.key), entry.preview)) finish(entry)
  }

  const handOverUnlisted = async () => {
    for (const entry of [...waiting.values()]) {
      if (isListed(entry.preview)) continue
      waiting.delete(entry.preview.id)
      entry.inContext(() => options.readWhole(entry.wish)).then(entry.done.resolve, entry.done.reject)
    }
  }

  const makeCall = async () => {
    const previews = Array.from(waiting.values(), ({ preview }) => preview).sort((a, b) => a.at - b.at)
    const chosen = chooseCall(previews, expected)
    const entries = chosen.aim.flatMap(({ id }) => waiting.get(id) ?? [])
    const began = performance.now()
    try {
      const { events, until } = await eventsOf(options.client(), chosen, callFor(laneOf(entries), options.signal))
      const found = await store(events)
      if (chosen.kind === 'events') expected += LEARNING * (found - expected)
      options.onCompleted(chosen.kind, found)
      for (const entry of entries) if (entry.preview.at <= until) miss(entry, 1)
    } catch (error) {
      // The call failed for these; those that came meanwhile have their own.
      for (const entry of entries)
        if (isNotShown(error)) miss(entry, MAX_MISSES)
        else fail(entry, error)
    } finally {
      lastCallMs = performance.now() - began
    }
  }

  const store = async (events: readonly FrontObject[]) => {
    const known = events.flatMap((event) => {
      const entry = waiting.get(event.id)
      return entry === undefined || conversationOf(event) !== entry.wish.conversationId ? [] : [{ entry, event }]
    })
    await Promise.all(
      known.map(({ entry, event }) => entry.inContext(() => options.send(supplementOf(entry, event), entry.wish))),
    )
    for (const { entry } of known) finish(entry)
    return known.length
  }

  const miss = ({ preview: { id } }: Entry, times: number) => {
    const entry = waiting.get(id)
    if (entry !== undefined) entry.preview = { ...entry.preview, misses: entry.preview.misses + times }
  }
  const finish = (entry: Entry) => {
    waiting.delete(entry.preview.id)
    entry.done.resolve()
  }
  const fail = (entry: Entry, error: unknown) => {
    if (waiting.delete(entry.preview.id)) entry.done.reject(error)
  }

  const failAll = (error: unknown) => {
    for (const entry of [...waiting.values()]) fail(entry, error)
  }

  const start = () => {
    if (isRunning) return
    isRunning = true
    work()
      .catch(failAll)
      .finally(() => {
        isRunning = false
        if (options.signal.aborted) failAll(options.signal.reason)
        else if (waiting.size > 0) start()
      })
  }

  return {
    async request(wish) {
      const entries = wish.events.map((event) => {
        const known = waiting.get(event.id)
        if (known !== undefined) return known
        const preview = { ...event, conversationId: wish.conversationId, misses: 0 }
        const inContext = AsyncLocalStorage.snapshot()
        const entry: Entry = { wish, preview, since: Date.now(), done: Promise.withResolvers(), inContext }
        waiting.set(event.id, entry)
        return entry
      })
      start()
      await Promise.all(entries.map(({ done }) => done.promise))
    },
    waiting: () => waiting.size,
  }
}

/** Asks Front; `until` is the time up to which the answer would have shown every event that was aimed at. */
async function eventsOf(
  client: FrontClient,
  chosen: ChosenCall,
  call: { readonly lane: Lane; readonly signal?: AbortSignal },
): Promise<{ events: readonly FrontObject[]; until: number }> {
  const everything = Number.POSITIVE_INFINITY
  switch (chosen.kind) {
    case 'event':
      return { events: [(await client.getEvent(chosen.aim[0].id, call)).value], until: everything }
    case 'conversation-events':
      return { events: (await client.listConversationEvents(chosen.conversationId, call)).value, until: everything }
    case 'events': {
      const { after, types } = chosen
      const page = await client.listEvents({ ...call, after, types, order: 'asc' })
      const last = page.value.at(-1)
      // A page of one single millisecond has shown its oldest at least.
      const shown = Math.max((asTime(last?.emitted_at) ?? 0) - 1, after + 1)
      return { events: page.value, until: page.hasMore ? shown : everything }
    }
  }
}

/** Not there, merged away, or hidden from this token, also where that lacks the scope to list events: a read of the conversation tells. */
function isNotShown(error: unknown): boolean {
  if (!(error instanceof FrontError)) return false
  return ['MR_FRONT_NOT_FOUND', 'MR_FRONT_FORBIDDEN', 'MR_FRONT_MERGED', 'MR_FRONT_BAD_ID'].includes(error.code)
}

/** One call is made at a time: one that waits for its turn must not hold up a more urgent preview that comes meanwhile. */
const SHORT_WAIT_MS = 2_000

function callFor(lane: Lane, signal: AbortSignal) {
  const call = callOf(lane, signal)
  return lane === lanes[0] ? call : { ...call, maxWaitMs: SHORT_WAIT_MS }
}

/** The most urgent lane of those that a call is for. */
function laneOf(entries: readonly Entry[]): Lane {
  return lanes.find((lane) => entries.some(({ wish }) => wish.lane === lane)) ?? 'live-low'
}

function conversationOf(event: FrontObject): string | null {
  const conversation = event.conversation
  if (typeof conversation !== 'object' || conversation === null || !('id' in conversation)) return null
  return typeof conversation.id === 'string' && isId('cnv', conversation.id) ? conversation.id : null
}

function supplementOf({ wish, preview }: Entry, event: FrontObject): ConversationRefresh {
  return {
    tenant: wish.tenant,
    account: wish.account,
    conversation_id: wish.conversationId,
    kind: 'supplement',
    at: Date.now(),
    updated_at: null,
    merged_into: null,
    caused_by: [preview.id],
    caused_at: [preview.at],
    lane: '',
    reason: '',
    conversation: null,
    messages: null,
    comments: null,
    payload: Buffer.from(JSON.stringify(event)),
  }
}
