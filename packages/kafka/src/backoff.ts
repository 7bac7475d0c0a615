/** Full-jitter exponential backoff in milliseconds: between half and all of `base * 2^(attempt-1)`, at most `max`. */
export function backoffMs(attempt: number, base = 100, max = 30_000): number {
  const ceiling = Math.min(max, base * 2 ** Math.min(attempt - 1, 20))
  return ceiling / 2 + Math.random() * (ceiling / 2)
}

/** Waits `ms` or until `signal` aborts; never rejects. */
export function pauseFor(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })
}

/** Resolves as `work` does, or with undefined after `ms`. */
export async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  const stop = new AbortController()
  try {
    return await Promise.race([work, pauseFor(ms, stop.signal).then(() => undefined)])
  } finally {
    stop.abort()
  }
}

/** Resolves as `work` does, or with undefined once `signal` aborts. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const done = () => resolve(undefined)
    if (signal.aborted) return done()
    signal.addEventListener('abort', done, { once: true })
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', done))
  })
}
