import type { Answer, Exchange } from './exchange.ts'
import { JSON_TYPE } from './exchange.ts'

/** Whether a request prefers to be told at once where its answer will be (RFC 7240 §4.1). */
export function prefersAsync(prefer: string | undefined): boolean {
  return prefer !== undefined && /(?:^|,)\s*respond-async\s*(?:[;,]|$)/i.test(prefer)
}

/** Seconds: an answer takes well under one, unless something is wrong. */
const LOOK_AGAIN_AFTER = '1'

/** Where the answer to a request is to be had: below its source's path, so that the same credential opens it. */
export function statusPath(sourcePath: string, webhookId: string): string {
  return `${sourcePath}/status/${webhookId}`
}

/** 202: stored, and where to look. */
export function acceptedAnswer(exchange: Exchange, statusUrl: string): Answer {
  exchange.headers = {
    ...exchange.headers,
    'preference-applied': 'respond-async',
    location: statusUrl,
    'retry-after': LOOK_AGAIN_AFTER,
  }
  return answer202({ webhook_id: exchange.webhookId, status: 'accepted', status_url: statusUrl })
}

/** 202: not there yet. */
export function awaitedAnswer(exchange: Exchange, webhookId: string): Answer {
  exchange.headers = { ...exchange.headers, 'retry-after': LOOK_AGAIN_AFTER }
  return answer202({ webhook_id: webhookId, status: 'in_progress' })
}

function answer202(body: object): Answer {
  return { statusCode: 202, type: JSON_TYPE, body: JSON.stringify(body) }
}
