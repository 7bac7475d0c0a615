/** Something that is read at most so often, and kept between. */
export interface Kept<T> {
  readonly asOf: number
  readonly value: T
}

/**
 * Reads something slow for whoever asks: at most every `freshMs`, one reading at a time. Who asks meanwhile gets what was read last. Who asks first, or
 * after a pause that made it older than `oldMs`, waits until the reading has taken `patienceMs`, and then gets what was known, or undefined. A reading
 * that fails leaves what was known.
 */
export function keepFresh<T>(
  read: () => Promise<T>,
  {
    freshMs,
    oldMs,
    patienceMs,
    onError,
  }: {
    readonly freshMs: number
    readonly oldMs: number
    readonly patienceMs: number
    onError(error: unknown): void
  },
): () => Promise<Kept<T> | undefined> {
  let kept: Kept<T> | undefined
  let reading: Promise<void> | undefined
  let triedAt = 0
  const refresh = async () => {
    triedAt = Date.now()
    try {
      kept = { asOf: Date.now(), value: await read() }
    } catch (error) {
      onError(error)
    } finally {
      reading = undefined
    }
  }
  return async () => {
    if (reading === undefined && Date.now() - triedAt >= freshMs) reading = refresh()
    const isOld = kept === undefined || Date.now() - kept.asOf >= oldMs
    const leftMs = triedAt + patienceMs - Date.now()
    if (isOld && reading !== undefined && leftMs > 0) await patiently(reading, leftMs)
    return kept
  }
}

async function patiently(work: Promise<void>, ms: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  await Promise.race([work, late])
  clearTimeout(timer)
}
