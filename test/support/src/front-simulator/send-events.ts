import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../random.ts'
import { appTypeOf, previewEvent, webhookEvent } from './front-event.ts'
import { type FrontItem, isItem } from './item.ts'
import type { Subscription, Subscriptions } from './subscriptions.ts'
import type { World } from './world.ts'

/** What goes wrong between Front and the receiver, on command. */
export interface WebhookTrouble {
  /** Part of the webhooks that are never sent, 0 to 1. */
  readonly loses?: number
  /** Part of the webhooks that are sent late, 0 to 1, and how late. */
  readonly delays?: number
  readonly delayMs?: number
  /** None is sent at all, as when Front itself is down; those are lost. */
  readonly isDown?: boolean
}

/** Counts of webhooks that events caused, since the start. */
export interface SentCounts {
  readonly full: number
  readonly preview: number
  readonly lost: number
  readonly late: number
  /** Answered with 2xx. */
  readonly delivered: number
  /** Given up after their repeats. */
  readonly failed: number
  /** Waiting for their time or for an answer. */
  readonly open: number
}

export interface EventSender {
  /** Sends the event to every webhook that it matches. Returns at once. */
  emit(event: FrontItem): void
  trouble(trouble: WebhookTrouble): void
  /** What goes wrong now. */
  troubled(): WebhookTrouble
  counts(): SentCounts
  /** Ids of events whose webhook was lost, or sent late, oldest first; at most 100 000 each. */
  lost(): readonly string[]
  late(): readonly string[]
  close(): void
}

export interface EventSenderOptions {
  readonly world: World
  readonly subscriptions: Subscriptions
  readonly linkBase: () => string
  /** Decides which webhooks are lost, late or previews: the same seed, the same ones. */
  readonly random: Random
}

const KEPT_IDS = 100_000

/** Who is told of an event, in which form and when; the sending itself (signature, 5 s, repeats) is the subscription's. */
export function createEventSender({ world, subscriptions, linkBase, random }: EventSenderOptions): EventSender {
  let trouble: WebhookTrouble = {}
  const counts = { full: 0, preview: 0, lost: 0, late: 0, delivered: 0, failed: 0, open: 0 }
  const lost: string[] = []
  const late: string[] = []
  const stop = new AbortController()

  const deliver = async (subscription: Subscription, body: Buffer, delayMs: number): Promise<void> => {
    counts.open++
    try {
      if (delayMs > 0) await sleep(delayMs, undefined, { signal: stop.signal })
      const tries = await subscriptions.send(subscription.id, body)
      const status = tries.at(-1)?.status ?? 0
      counts[status >= 200 && status < 300 ? 'delivered' : 'failed']++
    } catch {
      // The webhook was removed, or the simulator closes.
      counts.failed++
    } finally {
      counts.open--
    }
  }
  const tell = (event: FrontItem, subscription: Subscription): void => {
    // Three numbers for each, whatever comes of it: a trouble must not change what later ones meet.
    const [losing, delaying, cutting] = [random(), random(), random()]
    if (trouble.isDown || losing < (trouble.loses ?? 0)) {
      counts.lost++
      keep(lost, event.id)
      return
    }
    const isLate = delaying < (trouble.delays ?? 0)
    if (isLate) {
      counts.late++
      keep(late, event.id)
    }
    const isPreview = cutting < subscription.previews
    counts[isPreview ? 'preview' : 'full']++
    const told = isPreview ? previewEvent(event, linkBase()) : webhookEvent(world, event, linkBase())
    const type = appTypeOf(event)
    const body = subscription.kind === 'app' ? { type, authorization: { id: 'cmp_simulated' }, payload: told } : told
    void deliver(subscription, Buffer.from(JSON.stringify(body)), isLate ? (trouble.delayMs ?? 0) : 0)
  }
  return {
    emit: (event) => {
      for (const subscription of subscriptions.list()) if (isFor(event, subscription, world)) tell(event, subscription)
    },
    troubled: () => trouble,
    trouble: (next) => {
      trouble = next
    },
    counts: () => ({ ...counts }),
    lost: () => lost,
    late: () => late,
    close: () => stop.abort(),
  }
}

function keep(ids: string[], id: string): void {
  if (ids.length < KEPT_IDS) ids.push(id)
}

/** An app hears of shared inboxes, and only of what it has a word for; a rule of what it was made for, private inboxes too. */
function isFor(event: FrontItem, { kind, types, inboxes }: Subscription, world: World): boolean {
  const id = isItem(event.conversation) ? event.conversation.id : ''
  const held = world.inboxesOf(id)
  if (kind === 'app' && (appTypeOf(event) === undefined || (held.length > 0 && held.every((each) => each.is_private))))
    return false
  if (types && !types.includes(String(event.type))) return false
  return !inboxes || held.some((inbox) => inboxes.includes(inbox.id))
}
