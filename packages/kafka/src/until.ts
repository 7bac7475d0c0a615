const POLL_MS = 20

/** Waits until `fact` holds; rejects with the signal's reason. */
export async function until(fact: () => boolean, signal?: AbortSignal): Promise<void> {
  while (!fact()) {
    signal?.throwIfAborted()
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
