import { checkTargetUrl, type TargetPolicy } from '@millrace/domain'
import { TargetRefused, type Targets } from '@millrace/service-kit'
import { Agent, request } from 'undici'
import { failureCode } from './classify-failure.ts'
import { inClientSpan } from './client-span.ts'
import type { DeliveryErrorCode } from './errors.ts'

/** The answer is of no use to us beyond its status; this much is read so that a connection can be used again. */
const MAX_ANSWER_BYTES = 65_536
const MAX_HEADER_BYTES = 16_384

export interface PostOptions {
  /** Which URLs and addresses may be called. */
  readonly targets: Pick<Targets, 'policy' | 'resolver'>
  /** Milliseconds for connecting, headers and body together. */
  readonly timeoutMs: number
  readonly userAgent: string
}

/** What one HTTP try came to. */
export interface Posted {
  /** Status of the answer; null when none came. */
  readonly statusCode: number | null
  /** Null for success. */
  readonly errorCode: DeliveryErrorCode | null
}

export interface Poster {
  /**
   * Posts JSON and judges the answer. Never follows a redirect.
   * @throws the signal's reason when `signal` aborts: what came of the try is then unknown
   */
  post(url: string, headers: Readonly<Record<string, string>>, body: Buffer, signal: AbortSignal): Promise<Posted>
  close(): Promise<void>
}

/** A client of its own: no proxy from the environment, no cookies, no decompression, no redirects, one request a connection. */
export function createPoster(options: PostOptions): Poster {
  const { timeoutMs, userAgent } = options
  const agent = new Agent({
    allowH2: false,
    pipelining: 1,
    // One deadline covers all phases.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: MAX_HEADER_BYTES,
    connect: { timeout: timeoutMs, lookup: options.targets.resolver.lookup },
  })
  const post: Poster['post'] = async (text, headers, body, signal) => {
    let statusCode: number | null = null
    try {
      const url = readTarget(text, options.targets.policy)
      const answer = await request(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', 'user-agent': userAgent },
        body,
        dispatcher: agent,
        signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), signal]),
      })
      statusCode = answer.statusCode
      await drain(answer.body)
      return { statusCode, errorCode: codeOfStatus(statusCode) }
    } catch (error) {
      signal.throwIfAborted()
      const errorCode = failureCode(error)
      if (errorCode === undefined) throw error
      return { statusCode, errorCode }
    }
  }
  return {
    post: (url, headers, body, signal) => inClientSpan(url, () => post(url, headers, body, signal)),
    close: () => agent.destroy(),
  }
}

/** An endpoint may have been saved under another policy, so its URL is judged at every try. */
function readTarget(text: string, policy: TargetPolicy): URL {
  const verdict = checkTargetUrl(text, policy)
  if (!verdict.ok) throw new TargetRefused(verdict.rule, verdict.detail)
  return verdict.url
}

/** Reads up to the limit; leaving the loop early closes the connection. */
async function drain(body: AsyncIterable<Buffer>): Promise<void> {
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) return
  }
}

/** What a status means (Standard Webhooks 1.0.0): only 2xx is success, 410 ends it. */
export function codeOfStatus(status: number): DeliveryErrorCode | null {
  if (status >= 200 && status < 300) return null
  if (status === 410) return 'MR_DELIVERY_GONE'
  return status >= 300 && status < 400 ? 'MR_DELIVERY_REDIRECT' : 'MR_DELIVERY_STATUS'
}
