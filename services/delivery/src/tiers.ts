import { type Delivery, retryTiers, type Topic, type WaitCause } from '@millrace/schemas'

/** A retry topic and how long a record waits in it, in milliseconds. */
export interface Tier {
  readonly delayMs: number
  readonly topic: Topic<Delivery>
}

/** Of a tier's delay; a record that is due this little later than its tier's end waits for it there. */
const JITTER = 0.1
/** Of a wait; where a tier takes longer by this little, the wait lasts as long: what is due in 9 m 59 s would else be written 15 times, not once. */
const EXCESS = 0.02

/** Times are epoch milliseconds. */
export interface ParkedWait {
  readonly dueAt: number
  readonly cause: WaitCause
  readonly now: number
  /** When the delivery expires; it must come up by then. */
  readonly end?: number
}

/** The retry topics, shortest first, with their delays multiplied by `scale` (1 outside tests). */
export function tiersBy(scale: number): readonly Tier[] {
  return retryTiers.map(({ delayMs, topic }) => ({ delayMs: delayMs * scale, topic }))
}

/**
 * Where a delivery waits until `dueAt`: the longest tier that does not take longer than what remains (or a fiftieth longer, where that does not pass
 * `end`), again and again, so that a wait of hours takes a few hops and no time is polled. What is shorter than the shortest tier waits in that.
 */
export function park(
  tiers: readonly Tier[],
  delivery: Delivery,
  { dueAt, cause, now, end = Number.POSITIVE_INFINITY }: ParkedWait,
): { readonly topic: Topic<Delivery>; readonly delivery: Delivery } {
  const [shortest] = tiers
  if (shortest === undefined) throw new RangeError('there are no tiers')
  const remaining = dueAt - now
  const fits = (delayMs: number) =>
    delayMs <= remaining || (delayMs <= remaining * (1 + EXCESS) && now + delayMs <= end)
  const tier = tiers.findLast(({ delayMs }) => fits(delayMs)) ?? shortest
  const isLast = remaining <= tier.delayMs * (1 + JITTER)
  // Within a topic records come in due order only if none waits for less than its delay.
  const notBefore = isLast ? Math.max(dueAt, now + tier.delayMs) : now + tier.delayMs
  return {
    topic: tier.topic,
    delivery: { ...delivery, not_before: Math.round(notBefore), due_at: Math.round(dueAt), waiting_for: cause },
  }
}

/** A number in [0, 1) that is the same for the same delivery and try, so that a plan which is made twice is the same plan. */
export function steadyRandom(deliveryId: string, attempt: number): number {
  let hash = 2_166_136_261 ^ attempt
  for (let place = 0; place < deliveryId.length; place++)
    hash = Math.imul(hash ^ deliveryId.charCodeAt(place), 16_777_619)
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32
}
