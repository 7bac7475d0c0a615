import { uuidv7 } from '@millrace/domain'
import type { Source } from '@millrace/service-kit'
import { checkSourceAddress } from './check-address.ts'
import { checkEnabled } from './check-enabled.ts'
import { headerTexts } from './chosen-headers.ts'
import type { Decide } from './decisions.ts'
import type { Answer, Exchange, WebhookRequest, WebhookResponse } from './exchange.ts'
import { isAsked } from './handshake.ts'
import type { Limits } from './limits.ts'
import { type Observer, withinSpan } from './observe.ts'
import { answerQuestion, type Receiver } from './receive-webhook.ts'
import { type RefusalParts, refuse, respond } from './respond.ts'
import { statusPath } from './respond-async.ts'
import { checkHeaders } from './server-bounds.ts'
import type { Shedder } from './shed-load.ts'
import type { SourceRoutes } from './source-routes.ts'
import { type StatusTeller, statusLookAt } from './tell-status.ts'

export interface LaneParts extends RefusalParts {
  readonly decide: Decide | undefined
  readonly routes: SourceRoutes
  readonly observer: Observer
  readonly receive: Receiver
  readonly tellStatus: StatusTeller
  readonly shed: Shedder
  readonly limits: Limits
  addressOf(request: WebhookRequest): string
  isDraining(): boolean
}

/** Takes the request if it is a webhook or asks for a webhook's answer; answers false, having touched nothing, when it is not. */
export type WebhookLane = (request: WebhookRequest, response: WebhookResponse) => boolean

/** Who answers a request that is for a source. */
interface Taken {
  readonly source: Source
  readonly route: string
  answer(exchange: Exchange): Promise<Answer | null>
}

/**
 * The way of webhooks beside Fastify, on the same server: what posts to a source's path is handled here, everything else is a page of Fastify's.
 * A framework's router, hooks and replies cost more than the work that a webhook needs (README, "Where the time goes").
 */
export function createWebhookLane(parts: LaneParts): WebhookLane {
  const handle = async (exchange: Exchange, taken: Taken) => {
    try {
      const { decide } = parts
      decide?.(exchange, 'route', { route: taken.route })
      parts.limits.checkAddress(exchange)
      decide?.(exchange, 'address-limit', { remaining: exchange.headers?.['ratelimit-remaining'] ?? null })
      checkSourceAddress(taken.source, exchange.address)
      decide?.(exchange, 'allow-list', { is_limited: taken.source.allowedAddresses !== undefined })
      checkEnabled(taken.source)
      checkHeaders(exchange.request)
      const answer = await taken.answer(exchange)
      // Whoever hung up needs no answer.
      if (answer !== null) respond(exchange, answer, parts.isDraining())
    } catch (error) {
      refuse(exchange, error, parts.isDraining(), parts)
    }
  }
  return (request, response) => {
    const taken = takenBy(request, parts)
    if (taken === undefined) return false
    if (parts.shed(taken.source, response)) return true
    const exchange = parts.observer.begin({
      request,
      response,
      webhookId: uuidv7(),
      route: taken.route,
      address: parts.addressOf(request),
      source: taken.source,
    })
    void withinSpan(exchange.span, () => handle(exchange, taken))
    return true
  }
}

function takenBy(request: WebhookRequest, { routes, receive, tellStatus }: LaneParts): Taken | undefined {
  const { method, url = '' } = request
  if (method === 'POST') {
    const source = routes.at(url)
    return source && { source, route: source.path, answer: (exchange) => receive(exchange, source) }
  }
  const look = method === 'GET' ? statusLookAt(url, routes) : undefined
  if (look === undefined) return method === 'GET' ? askedBy(request, routes) : undefined
  const { source } = look
  return { source, route: statusPath(source.path, '{webhook_id}'), answer: (exchange) => tellStatus(exchange, look) }
}

/** A GET at a source's own path is taken only where its provider asks that way. */
function askedBy({ url = '', headers }: WebhookRequest, routes: SourceRoutes): Taken | undefined {
  const source = routes.at(url)
  if (source === undefined || !isAsked(source, { method: 'GET', url, headers: headerTexts(headers) })) return undefined
  return { source, route: source.path, answer: (exchange) => answerQuestion(exchange, source) }
}
