import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { errorBody } from './faults.ts'
import { type FrontItem, isItem, isJson, type Json, timeOf } from './item.ts'
import { type PageQuery, pageOf } from './pages.ts'
import type { World } from './world.ts'

type Query = PageQuery & Record<string, string | string[] | undefined>
type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown

/** The part of Front's Core API that is simulated. `linkBase` is what links in answers begin with. */
export function addApiRoutes(app: FastifyInstance, world: World, linkBase: () => string): void {
  const list = (request: FastifyRequest, items: readonly FrontItem[], max: number, fallback: number): object => {
    const { results, nextToken } = pageOf(items, request.query as Query, max, fallback)
    return {
      _pagination: { next: nextToken && nextLink(request, linkBase(), nextToken) },
      _links: { self: linkBase() + request.url },
      _results: results,
    }
  }
  const linked = (item: FrontItem, path: string): FrontItem => ({ _links: { self: `${linkBase()}${path}` }, ...item })
  const ofConversation = (answer: (conversation: FrontItem, request: FastifyRequest) => unknown): Handler => {
    return (request, reply) => {
      const { id } = request.params as { id: string }
      const survivor = world.survivorOf(id)
      if (survivor)
        return reply
          .code(301)
          .header('location', linkBase() + request.url.replace(id, survivor))
          .send()
      if (world.isForbidden(id))
        return reply.code(403).send(errorBody(403, 'You do not have access to this conversation'))
      const conversation = world.conversation(id)
      return conversation ? answer(conversation, request) : notFound(reply)
    }
  }
  const byId = (find: (id: string) => FrontItem | undefined, kind: string): Handler => {
    return (request, reply) => {
      const { id } = request.params as { id: string }
      const item = world.isForbidden(id) ? undefined : find(id)
      return item ? linked(item, `/${kind}/${id}`) : notFound(reply)
    }
  }

  app.get('/me', () => ({ _links: { self: `${linkBase()}/me` }, id: 'cmp_simulated', name: 'Simulated company' }))
  app.get(
    '/conversations/:id',
    ofConversation((conversation) => ({ _links: linksOf(conversation.id, linkBase()), ...conversation })),
  )
  app.get(
    '/conversations/:id/messages',
    ofConversation((conversation, request) => list(request, world.messages(conversation.id), 100, 50)),
  )
  app.get(
    '/conversations/:id/comments',
    ofConversation((conversation, request) => {
      const comments = world.comments(conversation.id)
      return list(request, comments, Number.POSITIVE_INFINITY, comments.length + 1)
    }),
  )
  app.get(
    '/conversations/:id/events',
    ofConversation((conversation, request) => list(request, eventsOf(world, conversation.id), 15, 15)),
  )
  app.get('/events', (request) => list(request, chosenEvents(world, request.query as Query), 15, 15))
  app.get(
    '/events/:id',
    byId((id) => fullEvent(world, world.event(id)), 'events'),
  )
  app.get(
    '/messages/:id',
    byId((id) => world.message(id), 'messages'),
  )
  app.get('/conversations', (request) => list(request, recentlyUpdated(world), 100, 50))
}

function notFound(reply: FastifyReply): FastifyReply {
  return reply.code(404).send(errorBody(404, 'Unknown resource'))
}

function nextLink(request: FastifyRequest, linkBase: string, token: string): string {
  const url = new URL(request.url, linkBase)
  url.searchParams.set('page_token', token)
  return url.href
}

function linksOf(id: string, linkBase: string): object {
  const self = `${linkBase}/conversations/${id}`
  const related = Object.fromEntries(
    ['events', 'followers', 'messages', 'comments', 'inboxes'].map((kind) => [kind, `${self}/${kind}`]),
  )
  return { self, related }
}

function eventsOf(world: World, conversationId: string): FrontItem[] {
  return world.events().filter((event) => isItem(event.conversation) && event.conversation.id === conversationId)
}

function chosenEvents(world: World, query: Query): FrontItem[] {
  const after = Number(query['q[after]'] ?? Number.NEGATIVE_INFINITY)
  const before = Number(query['q[before]'] ?? Number.POSITIVE_INFINITY)
  const types = [query['q[types]'] ?? query['q[types][]'] ?? []].flat()
  const found = world.events().filter((event) => {
    const time = timeOf(event)
    return time > after && time < before && (types.length === 0 || types.includes(String(event.type)))
  })
  return query.sort_order === 'asc' ? found.reverse() : found
}

/** What a preview leaves out: the API answers with the whole conversation and `data` in source and target. */
function fullEvent(world: World, event: FrontItem | undefined): FrontItem | undefined {
  if (!event) return undefined
  const conversation = isItem(event.conversation) ? world.conversation(event.conversation.id) : undefined
  return {
    ...event,
    conversation: conversation ?? event.conversation,
    ...wholeSide(event, 'source'),
    ...wholeSide(event, 'target'),
  }
}

function wholeSide(event: Json, side: 'source' | 'target'): Json {
  const value = event[side]
  if (!isJson(value) || 'data' in value) return {}
  const { _meta, ...data } = value
  return { [side]: { _meta, data } }
}

function recentlyUpdated(world: World): FrontItem[] {
  const known = world.conversationIds().flatMap((id) => world.conversation(id) ?? [])
  return known.sort((a, b) => Number(b.updated_at) - Number(a.updated_at) || (a.id < b.id ? 1 : -1))
}
