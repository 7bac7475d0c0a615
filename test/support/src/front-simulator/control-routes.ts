import type { FastifyInstance } from 'fastify'
import type { Fault } from './faults.ts'
import { isItem } from './item.ts'
import type { FrontSimulator } from './server.ts'
import type { MessageFields } from './synthesise.ts'

/** Lets another process drive the simulator: the same things that a test does by calling it. */
export function addControlRoutes(app: FastifyInstance, prefix: string, simulator: FrontSimulator): void {
  app.get('/', () => ({ name: 'front-simulator' }))
  app.get(prefix, () => ({
    conversations: simulator.world.conversationIds().length,
    events: simulator.world.events().length,
    calls: simulator.counts(),
  }))
  app.get(`${prefix}/calls`, (request) => simulator.calls((request.query as { path?: string }).path))
  app.post(`${prefix}/webhooks`, (request) => ({ conversation_id: simulator.learn(request.body) }))
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
  app.post(`${prefix}/merges`, (request, reply) => {
    const { from, into } = request.body as { from: string; into: string }
    simulator.world.merge(from, into)
    return reply.code(204).send()
  })
  app.post(`${prefix}/faults`, (request, reply) => {
    simulator.fail(...([request.body].flat() as Fault[]))
    return reply.code(204).send()
  })
  app.delete(`${prefix}/faults`, (_, reply) => {
    simulator.clearFaults()
    return reply.code(204).send()
  })
  app.post(`${prefix}/limit`, (request, reply) => {
    simulator.limit((request.body as { calls_per_minute: number | null }).calls_per_minute)
    return reply.code(204).send()
  })
  app.post(`${prefix}/reset`, (_, reply) => {
    simulator.reset()
    return reply.code(204).send()
  })
}

function idOf(params: unknown): string {
  return (params as { id: string }).id
}
