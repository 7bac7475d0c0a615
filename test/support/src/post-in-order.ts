import { Agent, request } from 'undici'
import { atRate } from './at-rate.ts'
import { signFront } from './sign-samples.ts'

/** One request body that belongs to a conversation. */
export interface Post {
  readonly conversationId: string
  readonly body: Buffer
}

export interface PostOptions {
  readonly url: string
  readonly secret: string
  /** Requests a second that are begun, at most. */
  readonly rate: number
  /** Asked for one after the other, so that they may be made on the way. */
  readonly posts: Iterable<Post>
  readonly onProgress: (figures: PostFigures) => void
}

export interface PostFigures {
  readonly acknowledged: number
  /** Tries that got no 2xx and were repeated. */
  readonly repeated: number
  /** Milliseconds from the request that was acknowledged to its answer. */
  readonly latencies: readonly number[]
}

/** A sender gives up on an answer after this, as Front does. */
const ANSWER_WITHIN_MS = 5_000
const RETRY_AFTER_MS = 250

/**
 * Posts like a sender that keeps order: of one conversation one request at a time, repeated until it is acknowledged; conversations side by side.
 */
export async function postInOrder({ url, secret, rate, posts, onProgress }: PostOptions): Promise<PostFigures> {
  const agent = new Agent({ connections: 64, pipelining: 1 })
  const latencies: number[] = []
  let acknowledged = 0
  let repeated = 0

  const post = async (body: Buffer) => {
    for (;;) {
      const started = performance.now()
      try {
        const answer = await request(url, {
          method: 'POST',
          body,
          headers: signFront(body, 'app', secret),
          dispatcher: agent,
          signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
        })
        await answer.body.dump()
        if (answer.statusCode < 300) {
          acknowledged++
          latencies.push(performance.now() - started)
          return
        }
        if (answer.statusCode < 500 && answer.statusCode !== 429) throw new Refused(answer.statusCode)
      } catch (error) {
        if (error instanceof Refused) throw error
      }
      repeated++
      await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS))
    }
  }

  const tails = new Map<string, Promise<void>>()
  let begun = 0
  await atRate(rate, posts, ({ conversationId, body }) => {
    const before = tails.get(conversationId) ?? Promise.resolve()
    const mine = before.then(() => post(body))
    mine.catch(() => {})
    tails.set(conversationId, mine)
    if (begun++ % 250 === 0) onProgress({ acknowledged, repeated, latencies })
  })
  const ticker = setInterval(() => onProgress({ acknowledged, repeated, latencies }), 500)
  try {
    await Promise.all(tails.values())
  } finally {
    clearInterval(ticker)
    await agent.close()
  }
  return { acknowledged, repeated, latencies }
}

class Refused extends Error {
  constructor(status: number) {
    super(`the gateway refused a valid webhook with ${status}`)
  }
}
