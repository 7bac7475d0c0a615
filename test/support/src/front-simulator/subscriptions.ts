import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type FrontSchemeName, signFront } from '../sign-samples.ts'

/** A webhook as one sets it up in Front: an app's (asked for a challenge at each save, repeated) or a rule's (neither). */
export interface Subscription {
  readonly id: string
  readonly kind: Extract<FrontSchemeName, 'app' | 'rule'>
  readonly url: string
  /** Part of the events that are sent as previews, 0 to 1. */
  readonly previews: number
  /** Only events of these types (words of the Events API) and inboxes. */
  readonly types?: readonly string[]
  readonly inboxes?: readonly string[]
  /** Events that its URL answered with 2xx, and those given up. */
  delivered: number
  failed: number
}

export interface NewSubscription extends Pick<Subscription, 'kind' | 'url' | 'types' | 'inboxes'> {
  /** Default 0: all in full. */
  readonly previews?: number
  /** The App secret, or the API secret of the Webhooks integration. */
  readonly secret: string
}

/** One try to deliver an event; status null when no answer came in time. */
export interface DeliveryTry {
  readonly status: number | null
  readonly ms: number
  /** The answer, at most 2 000 characters. */
  readonly answer: string
}

export interface Subscriptions {
  list(): readonly Subscription[]
  /** Saves a webhook; an app's is saved only once its URL has answered the signed challenge. @throws Error that says what it answered instead */
  add(subscription: NewSubscription): Promise<Subscription>
  /** False when there is none with this id. */
  remove(id: string): boolean
  /** Sends a body as Front would: signed at each try, 5 s for an answer, an app's webhook repeated up to three times, 1, 2 and 4 s later. */
  send(id: string, body: Buffer): Promise<readonly DeliveryTry[]>
  clear(): void
}

const CHALLENGE_WITHIN_MS = 10_000
const ANSWER_WITHIN_MS = 5_000
const REPEATS = 3
/** Before the first repeat; twice as long before each other one. Front does not publish its own waits. */
const REPEAT_AFTER_MS = 1_000
/** Requests under way at the same time; the others wait in their order. */
const MAX_IN_FLIGHT = 64

export function createSubscriptions(now: () => number = Date.now, repeatAfterMs = REPEAT_AFTER_MS): Subscriptions {
  const places = createPlaces(MAX_IN_FLIGHT)
  const kept = new Map<string, { readonly subscription: Subscription; readonly secret: string }>()
  const post = async (
    { kind, url, secret }: NewSubscription,
    body: Buffer,
    withinMs: number,
    headers: Record<string, string> = {},
  ): Promise<DeliveryTry & { readonly type: string }> => {
    const since = performance.now()
    const signed = { ...signFront(body, kind, secret, now()), ...headers }
    const request = { method: 'POST', headers: signed, body: new Uint8Array(body) }
    try {
      const response = await fetch(url, { ...request, redirect: 'manual', signal: AbortSignal.timeout(withinMs) })
      const answer = (await response.text()).slice(0, 2_000)
      const type = response.headers.get('content-type')?.split(';', 1)[0] ?? ''
      return { status: response.status, ms: Math.round(performance.now() - since), answer, type }
    } catch (error) {
      return { status: null, ms: Math.round(performance.now() - since), answer: String(error), type: '' }
    }
  }

  return {
    list: () => Array.from(kept.values(), ({ subscription }) => subscription),
    async add(wanted) {
      if (wanted.kind === 'app') await challenge(wanted, post)
      const id = `wbh_${randomBytes(4).toString('hex')}`
      const { secret: _, previews = 0, ...shown } = wanted
      const subscription: Subscription = { ...shown, id, previews, delivered: 0, failed: 0 }
      kept.set(id, { subscription, secret: wanted.secret })
      return subscription
    },
    remove: (id) => kept.delete(id),
    async send(id, body) {
      const found = kept.get(id)
      if (found === undefined) throw new Error(`there is no webhook ${id}`)
      const { subscription, secret } = found
      const tries: DeliveryTry[] = []
      for (let place = 0; place <= (subscription.kind === 'app' ? REPEATS : 0); place++) {
        if (place > 0) await sleep(repeatAfterMs * 2 ** (place - 1), undefined, { ref: false })
        const tried = await places.take(() => post({ ...subscription, secret }, body, ANSWER_WITHIN_MS))
        const { status, ms, answer } = tried
        tries.push({ status, ms, answer })
        if (isSuccess(status)) {
          subscription.delivered++
          return tries
        }
      }
      subscription.failed++
      return tries
    },
    clear: () => kept.clear(),
  }
}

/** Runs at most so many tasks at the same time, the others in their order. */
function createPlaces(count: number): { take<T>(task: () => Promise<T>): Promise<T> } {
  const waiting: (() => void)[] = []
  let free = count
  return {
    async take(task) {
      if (free > 0) free--
      else await new Promise<void>((resolve) => waiting.push(resolve))
      try {
        return await task()
      } finally {
        const next = waiting.shift()
        if (next) next()
        else free++
      }
    },
  }
}

type Post = (
  to: NewSubscription,
  body: Buffer,
  withinMs: number,
  headers?: Record<string, string>,
) => Promise<DeliveryTry & { readonly type: string }>

/** The handshake of application webhooks (dev.frontapp.com/docs/application-webhooks): 200 within 10 s with the challenge, in one of three forms. */
async function challenge(wanted: NewSubscription, post: Post): Promise<void> {
  const value = randomBytes(16).toString('hex')
  const body = Buffer.from('{"type":"sync","authorization":{"id":"cmp_simulated"}}')
  const { status, type, answer } = await post(wanted, body, CHALLENGE_WITHIN_MS, { 'x-front-challenge': value })
  const forms: Readonly<Record<string, () => unknown>> = {
    'text/plain': () => answer,
    'application/x-www-form-urlencoded': () => new URLSearchParams(answer).get('challenge'),
    'application/json': () => JSON.parse(answer).challenge,
  }
  if (status === 200 && forms[type]?.() === value) return
  throw new Error(`${wanted.url} did not answer the challenge: ${status ?? 'no answer'} ${answer.slice(0, 300)}`)
}

function isSuccess(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300
}
