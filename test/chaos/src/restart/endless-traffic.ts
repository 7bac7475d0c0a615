import { type GeneratedEvent, generateEvents } from '@millrace/test-support'

/** Generated webhooks until it is told to end, and what must have become of those that were taken. */
export interface EndlessTraffic {
  readonly posts: Iterable<GeneratedEvent>
  /** Event ids of each conversation, each once, in order. */
  readonly expected: ReadonlyMap<string, readonly string[]>
  /** Events without repeats. */
  readonly count: () => number
  /** No more than the begun chunk is given out. */
  end(): void
}

export interface EndlessOptions {
  /** Each chunk has other conversations than the one before. */
  readonly chunk: number
  readonly conversations: number
  readonly duplicateRatio: number
}

/** A chunk is made when the one before has been taken, so that memory and times of events keep to what was sent. */
export function endlessTraffic(options: EndlessOptions): EndlessTraffic {
  const expected = new Map<string, readonly string[]>()
  let isEnding = false
  let made = 0
  function* posts() {
    for (let seed = Date.now() % 2 ** 31; !isEnding; seed++) {
      const { chunk, ...others } = options
      const traffic = generateEvents({ ...others, count: chunk, seed })
      for (const [conversation, ids] of traffic.expected) expected.set(conversation, ids)
      made += chunk
      yield* traffic.events
    }
  }
  return {
    posts: { [Symbol.iterator]: posts },
    expected,
    count: () => made,
    end: () => {
      isEnding = true
    },
  }
}
