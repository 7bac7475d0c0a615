import type { IncomingMessage, ServerResponse } from 'node:http'
import { uuidv7 } from '@millrace/domain'
import type { Source } from '@millrace/service-kit'
import { context, trace } from '@opentelemetry/api'
import type { Exchange } from './exchange.ts'
import type { Limits } from './limits.ts'
import type { LoadGuard } from './load-guard.ts'
import type { Observer } from './observe.ts'
import type { Receiver } from './receive-webhook.ts'
import { type RefusalParts, refuse, respond } from './respond.ts'
import { checkHeaderCount } from './server-bounds.ts'
import type { SourceRoutes } from './source-routes.ts'

export interface LaneParts extends RefusalParts {
  readonly routes: SourceRoutes
  readonly observer: Observer
  readonly receive: Receiver
  readonly guard: LoadGuard
  limits(): Limits
  addressOf(request: IncomingMessage): string
  isDraining(): boolean
}

/** Takes the request if it is a webhook; answers false, having touched nothing, when it is not. */
export type WebhookLane = (request: IncomingMessage, response: ServerResponse) => boolean

/**
 * The way of webhooks beside Fastify, on the same server: what posts to a source's path is handled here, everything else is a page of Fastify's.
 * A framework's router, hooks and replies cost more than the work that a webhook needs (README, "Where the time goes").
 */
export function createWebhookLane(parts: LaneParts): WebhookLane {
  const handle = async (exchange: Exchange, source: Source) => {
    try {
      await parts.limits().checkAddress(exchange)
      parts.guard.check()
      checkHeaderCount(exchange.request)
      const answer = await parts.receive(exchange, source)
      // Whoever hung up needs no answer.
      if (answer !== null) respond(exchange, answer, parts.isDraining())
    } catch (error) {
      refuse(exchange, error, parts.isDraining(), parts)
    }
  }
  return (request, response) => {
    if (request.method !== 'POST') return false
    const source = parts.routes.at(request.url ?? '')
    if (source === undefined) return false
    const exchange = parts.observer.begin({
      request,
      response,
      webhookId: uuidv7(),
      route: source.path,
      address: parts.addressOf(request),
      source,
    })
    void context.with(trace.setSpan(context.active(), exchange.span), () => handle(exchange, source))
    return true
  }
}
