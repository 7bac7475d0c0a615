import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { describePayload } from '@millrace/domain'
import type { FrontSimulator } from '@millrace/test-support'
import type { Installation } from './installation.ts'

export interface HeardFront {
  /** Ids of the events that it has put into `webhooks.events`, with their conversations. */
  readonly events: readonly (readonly [conversationId: string, eventId: string])[]
  close(): Promise<void>
}

export interface HearOptions {
  readonly kind?: 'app' | 'rule'
  /** Part of the webhooks that are previews. */
  readonly previews?: number
}

/** Takes the simulated Front's webhooks and puts their events into `webhooks.events`, as gateway and dedup would. */
export async function hearFront(
  front: FrontSimulator,
  here: Pick<Installation, 'event'>,
  { kind = 'app', previews = 0 }: HearOptions = {},
): Promise<HeardFront> {
  const events: (readonly [string, string])[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const json: unknown = JSON.parse(body)
    const challenge = request.headers['x-front-challenge']
    if (challenge === undefined) {
      const { conversationId, occurredAt, providerEventId, ...description } = describePayload('front', json)
      const id = providerEventId ?? ''
      const changes = { event_id: id, occurred_at: occurredAt ?? Date.now(), priority: description.priority }
      await here.event(conversationId ?? '', { ...changes, type: description.type, payload: Buffer.from(body) })
      events.push([conversationId ?? '', id])
    }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ challenge: challenge ?? '' }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await front.webhooks.add({ kind, url: `http://127.0.0.1:${port}/`, secret: 'test', previews })
  return {
    events,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
