import { topicKey } from '@millrace/domain'
import { transient } from '@millrace/kafka'
import type { Delivery, Endpoint, WaitCause } from '@millrace/schemas'
import type { Health } from './endpoint-health.ts'
import type { Grant, Grants, Limits, Verdict } from './grants.ts'
import { createPlaces } from './places.ts'
import { planLane } from './plan-lane.ts'

/** What a delivery does when its turn has come. */
export type Turn =
  | {
      readonly kind: 'go'
      readonly grant: Grant /** Call when the try has ended and was told to Redis. */
      done(): void
    }
  /** An owner before has tried it, with this result. */
  | { readonly kind: 'ended'; readonly result: string }
  /** An owner before may have it in hand; ask again after so many milliseconds. */
  | { readonly kind: 'later'; readonly ms: number }
  | { readonly kind: 'park'; readonly dueAt: number; readonly cause: WaitCause }

/** The deliveries that wait for their endpoints in this process: each endpoint has a lane of its own, and none waits for another. */
export interface Lanes {
  /** @throws the signal's reason when it aborts; KafkaError `MR_KAFKA_TRANSIENT` after `close` */
  enter(endpoint: Endpoint, delivery: Delivery, signal: AbortSignal): Promise<Turn>
  /** Nothing is to be granted to the endpoint for so long: a fault of ours. */
  hold(key: string, ms: number): void
  /** Turns away what waits; what is under way goes on. */
  close(): void
}

export interface LanesOptions {
  readonly grants: Pick<Grants, 'take' | 'end'>
  readonly limitsOf: (endpoint: Endpoint) => Limits
  /** Of a try of the endpoint's, milliseconds. */
  readonly leaseMsOf: (endpoint: Endpoint) => number
  readonly healthOf: (key: string) => Health
  /** Requests open in all. */
  readonly concurrency: number
  /** Deliveries that wait in all, from which on each endpoint may have only a few. */
  readonly crowdedAt: number
  /** Within which a limit a minute counts. */
  readonly windowMs: number
  readonly now?: () => number
}

interface Waiting {
  readonly delivery: Delivery
  readonly resolve: (turn: Turn) => void
  readonly reject: (error: unknown) => void
}

interface Lane {
  readonly key: string
  endpoint: Endpoint
  returned: Waiting[]
  fresh: Waiting[]
  /** Since when each try is under way. */
  readonly open: Set<{ readonly since: number }>
  /** A moving average of what they took. */
  tryMs: number | undefined
  isAsking: boolean
  heldUntil: number
  nextSlot: number
  timer: NodeJS.Timeout | undefined
}

/** An endpoint that takes longer than this for an answer is slow. */
const SLOW_MS = 2_000
/** Weight of the newest try in the average. */
const NEWEST = 0.2
const LOOK_AGAIN_MS = 1_000

export function createLanes(options: LanesOptions): Lanes {
  const { grants, limitsOf, windowMs, now = Date.now } = options
  const lanes = new Map<string, Lane>()
  const places = createPlaces(options.concurrency)
  /** Lanes that got no place, longest first. */
  const short = new Set<Lane>()
  let waiting = 0
  let isClosed = false

  const laneOf = (endpoint: Endpoint): Lane => {
    const key = topicKey(endpoint.tenant, endpoint.endpoint_id)
    const known = lanes.get(key)
    if (known !== undefined) {
      known.endpoint = endpoint
      return known
    }
    const lane: Lane = {
      key,
      endpoint,
      returned: [],
      fresh: [],
      open: new Set(),
      tryMs: undefined,
      isAsking: false,
      heldUntil: 0,
      nextSlot: 0,
      timer: undefined,
    }
    lanes.set(key, lane)
    return lane
  }

  const pump = (lane: Lane): void => {
    if (lane.isAsking || isClosed) return
    clearTimeout(lane.timer)
    lane.timer = undefined
    const time = now()
    const { inFlight, perMinute } = limitsOf(lane.endpoint)
    const plan = planLane(
      {
        returned: lane.returned.length,
        fresh: lane.fresh.length,
        open: lane.open.size,
        isSlow: isSlow(lane, time),
        tryMs: lane.tryMs,
        maxInFlight: inFlight,
        perMinute,
        windowMs,
        isCrowded: waiting >= options.crowdedAt,
        heldUntil: lane.heldUntil,
        nextSlot: lane.nextSlot,
        health: options.healthOf(lane.key),
      },
      time,
    )
    parkBeyond(lane, plan.stay, plan.parkFrom, plan.cause)
    if (plan.lookAt !== undefined && lane.returned.length + lane.fresh.length > 0)
      lane.timer = setTimeout(() => pump(lane), Math.max(1, plan.lookAt - time))
    if (plan.ask > 0) askFor(lane, plan.ask, time)
    else forgetIfIdle(lane, time)
  }

  const isSlow = (lane: Lane, time: number): boolean => {
    const [longest] = lane.open
    return longest !== undefined && time - longest.since > SLOW_MS
  }

  const forgetIfIdle = (lane: Lane, time: number) => {
    const isIdle = lane.returned.length + lane.fresh.length + lane.open.size === 0
    if (isIdle && Math.max(lane.heldUntil, lane.nextSlot) <= time) lanes.delete(lane.key)
  }

  const parkBeyond = (lane: Lane, stay: number, from: number, cause: WaitCause) => {
    const parked = [
      ...lane.returned.splice(Math.min(stay, lane.returned.length)),
      ...lane.fresh.splice(Math.max(0, stay - lane.returned.length)),
    ]
    if (parked.length === 0) return
    waiting -= parked.length
    const stepMs = windowMs / limitsOf(lane.endpoint).perMinute
    for (const [place, { resolve }] of parked.entries()) resolve({ kind: 'park', dueAt: from + place * stepMs, cause })
    lane.nextSlot = from + parked.length * stepMs
  }

  const askFor = (lane: Lane, wanted: number, time: number) => {
    const wasSlow = isSlow(lane, time)
    const count = places.take(wanted, wasSlow)
    if (count === 0) {
      short.add(lane)
      return
    }
    short.delete(lane)
    lane.isAsking = true
    void ask(lane, count, wasSlow).finally(() => {
      lane.isAsking = false
      pump(lane)
    })
  }

  const ask = async (lane: Lane, count: number, wasSlow: boolean) => {
    const { endpoint, key } = lane
    const asking = [...lane.returned, ...lane.fresh].slice(0, count)
    const answer = await grants.take({
      key,
      tenant: endpoint.tenant,
      limits: limitsOf(endpoint),
      leaseMs: options.leaseMsOf(endpoint),
      tries: asking.map(({ delivery }) => tryName(delivery)),
    })
    let used = 0
    if (answer.kind === 'wait') lane.heldUntil = now() + answer.ms
    else {
      for (const [place, verdict] of answer.verdicts.entries()) {
        const waiter = asking[place]
        if (waiter === undefined || verdict.kind === 'full') continue
        if (!remove(lane, waiter)) {
          // Its partition went to another owner while Redis was asked.
          if (verdict.kind === 'granted') unused(lane, waiter.delivery, verdict.grant)
          continue
        }
        if (verdict.kind === 'granted') used++
        waiter.resolve(turnOf(lane, verdict, wasSlow))
      }
      // Places that other owners' tries hold come free without a word.
      const waitMs = answer.short === 'open' ? Math.min(answer.waitMs, LOOK_AGAIN_MS) : answer.waitMs
      if (answer.short === 'rate' || (answer.short === 'open' && lane.open.size === 0))
        lane.heldUntil = now() + Math.max(1, waitMs)
    }
    giveBack(count - used, wasSlow)
  }

  const turnOf = (lane: Lane, verdict: Exclude<Verdict, { kind: 'full' }>, wasSlow: boolean): Turn => {
    if (verdict.kind === 'leased') return { kind: 'later', ms: Math.min(verdict.ms, LOOK_AGAIN_MS) }
    if (verdict.kind === 'ended') return verdict
    const since = { since: now() }
    lane.open.add(since)
    const done = () => {
      if (!lane.open.delete(since)) return
      const tookMs = now() - since.since
      lane.tryMs = lane.tryMs === undefined ? tookMs : lane.tryMs + (tookMs - lane.tryMs) * NEWEST
      giveBack(1, wasSlow)
      pump(lane)
    }
    return { kind: 'go', grant: verdict.grant, done }
  }

  const unused = ({ key, endpoint }: Lane, delivery: Delivery, grant: Grant) => {
    const { tenant } = endpoint
    const ended = { key, tenant, grant: grant.id, try: tryName(delivery), wasSent: false, result: '', blockMs: 0 }
    void grants.end(ended)
  }

  const giveBack = (count: number, wasSlow: boolean) => {
    if (count === 0) return
    places.give(count, wasSlow)
    for (const lane of short) {
      short.delete(lane)
      pump(lane)
      if (short.has(lane)) return
    }
  }

  /** False when it was not waiting any more. */
  const remove = (lane: Lane, waiter: Waiting): boolean =>
    [lane.returned, lane.fresh].some((queue) => {
      const place = queue.indexOf(waiter)
      if (place < 0) return false
      queue.splice(place, 1)
      waiting--
      return true
    })

  return {
    enter(endpoint, delivery, signal) {
      if (isClosed) return Promise.reject(turnedAway())
      const lane = laneOf(endpoint)
      return new Promise<Turn>((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        const leave = () => {
          remove(lane, waiter)
          reject(signal.reason)
        }
        const stop = () => signal.removeEventListener('abort', leave)
        const waiter: Waiting = {
          delivery,
          resolve: (turn) => {
            stop()
            resolve(turn)
          },
          reject: (error) => {
            stop()
            reject(error)
          },
        }
        signal.addEventListener('abort', leave, { once: true })
        ;(delivery.waiting_for === '' ? lane.fresh : lane.returned).push(waiter)
        waiting++
        pump(lane)
      })
    },
    hold(key, ms) {
      const lane = lanes.get(key)
      if (lane !== undefined) lane.heldUntil = Math.max(lane.heldUntil, now() + ms)
    },
    close() {
      isClosed = true
      for (const lane of lanes.values()) {
        clearTimeout(lane.timer)
        for (const { reject } of [...lane.returned.splice(0), ...lane.fresh.splice(0)]) reject(turnedAway())
      }
    },
  }
}

/** One try of one delivery, as every owner names it. */
export function tryName({
  delivery_id,
  requested_at,
  attempts,
}: Pick<Delivery, 'delivery_id' | 'requested_at' | 'attempts'>): string {
  // One that was redriven begins anew.
  return `${delivery_id}:${requested_at}:${attempts + 1}`
}

function turnedAway(): Error {
  return transient('the service is stopping')
}
