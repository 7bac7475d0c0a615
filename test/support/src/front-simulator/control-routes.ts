import type { FastifyInstance, FastifyReply } from 'fastify'
import { amount, flag, oneOf, part, required, taking, text, texts } from './control-body.ts'
import type { Fault } from './faults.ts'
import { isItem } from './item.ts'
import { createLife, live } from './life.ts'
import type { WebhookTrouble } from './send-events.ts'
import type { FrontSimulator } from './server.ts'
import type { NewSubscription } from './subscriptions.ts'
import type { MessageFields } from './synthesise.ts'

/** Lets another process drive the simulator: the same things that a test does by calling it. */
export function addControlRoutes(app: FastifyInstance, prefix: string, simulator: FrontSimulator): void {
  app.get('/', () => ({ name: 'front-simulator' }))
  app.get(prefix, () => ({
    conversations: simulator.world.conversationIds().length,
    events: simulator.world.events().length,
    calls: simulator.counts(),
    budget: simulator.budget(),
    webhooks: simulator.webhooks.counts(),
  }))
  app.get(`${prefix}/calls`, (request) => simulator.calls((request.query as { path?: string }).path))
  app.post(`${prefix}/webhooks`, (request) => ({ conversation_id: simulator.learn(request.body) }))
  addWebhookRoutes(app, `${prefix}/subscriptions`, simulator)
  addActRoutes(app, prefix, simulator)
  app.post(`${prefix}/conversations`, (request, reply) =>
    isItem(request.body)
      ? simulator.world.putConversation(request.body)
      : reply.code(400).send({ problem: 'the body needs an id' }),
  )
  app.post(`${prefix}/conversations/:id/messages`, (request) =>
    simulator.world.addMessage(idOf(request.params), request.body as MessageFields),
  )
  app.post(`${prefix}/conversations/:id/comments`, (request) =>
    simulator.world.addComment(idOf(request.params), request.body as MessageFields),
  )
  app.post(
    `${prefix}/merges`,
    taking({ from: required(text), into: required(text) }, ({ from, into }: { from: string; into: string }, reply) => {
      simulator.world.merge(from, into)
      return reply.code(204).send()
    }),
  )
  app.post(`${prefix}/faults`, (request, reply) => {
    simulator.fail(...([request.body].flat() as Fault[]))
    return reply.code(204).send()
  })
  app.delete(`${prefix}/faults`, (_, reply) => {
    simulator.clearFaults()
    return reply.code(204).send()
  })
  app.post(
    `${prefix}/limit`,
    taking({ calls_per_minute: required(limit) }, (body: { calls_per_minute: number | null }, reply) => {
      simulator.limit(body.calls_per_minute)
      return reply.code(204).send()
    }),
  )
  app.post(`${prefix}/reset`, (_, reply) => {
    simulator.reset()
    return reply.code(204).send()
  })
}

/** What people do in Front: `POST /acts/tag ["cnv_1", "urgent"]`; a team at work: `POST /life {"events_per_minute": 60, "minutes": 5}`. */
function addActRoutes(app: FastifyInstance, prefix: string, simulator: FrontSimulator): void {
  const { company, world } = simulator
  app.post(`${prefix}/acts/:act`, (request, reply) => {
    const { act } = request.params as { act: string }
    const acts = company as unknown as Readonly<Record<string, (...args: unknown[]) => unknown>>
    if (!Object.hasOwn(company, act))
      return reply.code(404).send({ problem: `acts: ${Object.keys(company).join(' ')}` })
    return reply.send({ event: acts[act]?.(...[request.body ?? []].flat()) ?? null })
  })
  let team: AbortController | undefined
  const begin = (wanted: LifeWanted, reply: FastifyReply) => {
    team?.abort()
    team = new AbortController()
    const count = Math.round(wanted.events_per_minute * wanted.minutes)
    const { seed = 1, conversations = 20, events_per_minute: eventsPerMinute } = wanted
    const life = createLife(world, company, { seed, conversations })
    void live(life, { eventsPerMinute, count, signal: team.signal })
    return reply.code(202).send({ acts: count })
  }
  app.post(
    `${prefix}/life`,
    taking(
      { events_per_minute: required(amount), minutes: required(amount), conversations: amount, seed: amount },
      begin,
    ),
  )
  app.delete(`${prefix}/life`, (_, reply) => {
    team?.abort()
    return reply.code(204).send()
  })
  app.addHook('onClose', () => team?.abort())
  app.get(`${prefix}/trouble`, () => simulator.webhooks.troubled())
  app.post(
    `${prefix}/trouble`,
    taking({ loses: part, delays: part, delayMs: amount, isDown: flag }, (body: WebhookTrouble, reply) => {
      simulator.webhooks.trouble(body)
      return reply.code(204).send()
    }),
  )
  app.get(`${prefix}/lost`, () => simulator.webhooks.lost())
  app.get(`${prefix}/late`, () => simulator.webhooks.late())
  app.post(
    `${prefix}/outage`,
    taking({ is_down: required(flag) }, (body: { is_down: boolean }, reply) => {
      simulator.outage(body.is_down)
      return reply.code(204).send()
    }),
  )
}

interface LifeWanted {
  readonly events_per_minute: number
  readonly minutes: number
  readonly conversations?: number
  readonly seed?: number
}

const limit = { is: (value: unknown) => value === null || amount.is(value), rule: 'a number from 0 on, or null' }

const subscriptionFields = {
  kind: required(oneOf('app', 'rule')),
  url: required(text),
  secret: required(text),
  previews: part,
  types: texts,
  inboxes: texts,
}

/** Front's settings offer this to people; its API does not. */
function addWebhookRoutes(app: FastifyInstance, path: string, { webhooks }: FrontSimulator): void {
  app.get(path, () => webhooks.list())
  const add = async (wanted: NewSubscription, reply: FastifyReply) => {
    try {
      return await webhooks.add(wanted)
    } catch (error) {
      return reply.code(422).send({ problem: error instanceof Error ? error.message : String(error) })
    }
  }
  app.post(path, taking(subscriptionFields, add))
  app.delete(`${path}/:id`, (request, reply) => reply.code(webhooks.remove(idOf(request.params)) ? 204 : 404).send())
  // As text: the bytes are what is signed.
  app.post(`${path}/:id/events`, (request) =>
    webhooks.send(idOf(request.params), Buffer.from((request.body as { body: string }).body)),
  )
}

function idOf(params: unknown): string {
  return (params as { id: string }).id
}
