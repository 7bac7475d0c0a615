/** Whether Kafka answers the console. */
export interface KafkaWatch {
  /** What is known now: a question that has had no answer for 3 s counts as none. Asks anew by itself, one question at a time. */
  isAway(): boolean
  /** The same for who has reason to doubt it: waits for an answer, `patienceMs` at most, and takes none by then as none. */
  isAwayFor(patienceMs: number): Promise<boolean>
}

const ASK_EVERY_MS = 2_000
const SILENT_AFTER_MS = 3_000
/** A refusal longer ago tells nothing about now. */
const REFUSED_FOR_MS = 10_000

/** @param ask a question that only a broker can answer; how long it may take is its own affair */
export function watchKafka(ask: () => Promise<unknown>, now = Date.now): KafkaWatch {
  let asking: { readonly since: number; readonly answer: Promise<boolean> } | undefined
  let last: { readonly at: number; readonly didAnswer: boolean } | undefined
  const begin = () => {
    const answer = ask().then(
      () => true,
      () => false,
    )
    asking = { since: now(), answer }
    void answer.then((didAnswer) => {
      last = { at: now(), didAnswer }
      asking = undefined
    })
    return answer
  }
  const isDue = () => asking === undefined && (last === undefined || now() - last.at >= ASK_EVERY_MS)
  return {
    isAway() {
      if (isDue()) void begin()
      const isRefused = last?.didAnswer === false && now() - last.at < REFUSED_FOR_MS
      return isRefused || (asking !== undefined && now() - asking.since >= SILENT_AFTER_MS)
    },
    async isAwayFor(patienceMs) {
      if (this.isAway()) return true
      // One that was answered before the doubt arose tells nothing about it.
      return !(await answeredWithin(asking?.answer ?? begin(), patienceMs))
    },
  }
}

async function answeredWithin(answer: Promise<boolean>, ms: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(resolve, ms, false)
  const didAnswer = await Promise.race([answer, late])
  clearTimeout(timer)
  return didAnswer
}
