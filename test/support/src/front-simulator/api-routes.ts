import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { errorBody } from './faults.ts'
import { fullEvent, withLinks } from './front-event.ts'
import { type FrontItem, isItem, timeOf } from './item.ts'
import { type PageQuery, pageOf } from './pages.ts'
import type { World } from './world.ts'

type Query = PageQuery & Record<string, string | string[] | undefined>
type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown

/** The part of Front's Core API that is simulated. `linkBase` is what links in answers begin with. */
export function addApiRoutes(app: FastifyInstance, world: World, linkBase: () => string): void {
  const list = (request: FastifyRequest, items: readonly FrontItem[], max: number, fallback: number) => {
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
      if (!conversation || world.isRemoved(id)) return notFound(reply)
      return answer(conversation, request)
    }
  }
  const whole = (event: FrontItem | undefined): FrontItem | undefined =>
    event && isVisible(world, event) ? fullEvent(world, event, linkBase()) : undefined
  // Only the events of the page are made whole: a list may have many thousands.
  const eventPage = (request: FastifyRequest, events: readonly FrontItem[]): object => {
    const page = list(request, events, 15, 15)
    return { ...page, _results: page._results.flatMap((event) => whole(event) ?? []) }
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
    ofConversation((conversation) => withLinks(conversation, linkBase())),
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
    ofConversation((conversation, request) => eventPage(request, world.events(conversation.id))),
  )
  app.get(
    '/conversations/:id/inboxes',
    ofConversation((conversation, request) => list(request, world.inboxesOf(conversation.id), 100, 50)),
  )
  app.get('/conversations/search/:query', (request) => {
    const { query } = request.params as { query: string }
    return list(
      request,
      recentlyUpdated(world).filter((each) => isAbout(each, query)),
      100,
      50,
    )
  })
  app.get('/events', (request) => eventPage(request, chosenEvents(world, request.query as Query)))
  app.get(
    '/events/:id',
    byId((id) => whole(world.event(id)), 'events'),
  )
  app.get(
    '/messages/:id',
    byId((id) => world.message(id), 'messages'),
  )
  app.get('/conversations', (request) => list(request, recentlyUpdated(world), 100, 50))
  app.get('/inboxes', (request) => list(request, world.inboxes(), 100, 50))
  app.get(
    '/inboxes/:id',
    byId((id) => world.inboxes().find((inbox) => inbox.id === id), 'inboxes'),
  )
}

function notFound(reply: FastifyReply): FastifyReply {
  return reply.code(404).send(errorBody(404, 'Unknown resource'))
}

function nextLink(request: FastifyRequest, linkBase: string, token: string): string {
  const url = new URL(request.url, linkBase)
  url.searchParams.set('page_token', token)
  return url.href
}

function chosenEvents(world: World, query: Query): FrontItem[] {
  const after = Number(query['q[after]'] ?? Number.NEGATIVE_INFINITY)
  const before = Number(query['q[before]'] ?? Number.POSITIVE_INFINITY)
  const types = [query['q[types]'] ?? query['q[types][]'] ?? []].flat()
  const inboxes = [query['q[inboxes]'] ?? query['q[inboxes][]'] ?? []].flat()
  const found = world.events().filter((event) => {
    const time = timeOf(event)
    if (time <= after || time >= before || (types.length > 0 && !types.includes(String(event.type)))) return false
    const held = inboxes.length > 0 ? world.inboxesOf(conversationIdOf(event)) : []
    return isVisible(world, event) && (inboxes.length === 0 || held.some(({ id }) => inboxes.includes(id)))
  })
  return query.sort_order === 'asc' ? found.reverse() : found
}

function conversationIdOf({ conversation }: FrontItem): string {
  return isItem(conversation) ? conversation.id : ''
}

/** Of a private inbox a company's token sees nothing. */
function isVisible(world: World, event: FrontItem): boolean {
  return !world.isForbidden(conversationIdOf(event))
}

function isAbout({ subject }: FrontItem, query: string): boolean {
  return typeof subject === 'string' && subject.toLowerCase().includes(query.toLowerCase())
}

function recentlyUpdated(world: World): FrontItem[] {
  const readable = world.conversationIds().filter((id) => !world.isForbidden(id))
  const known = readable.flatMap((id) => world.conversation(id) ?? [])
  return known.sort((a, b) => Number(b.updated_at) - Number(a.updated_at) || (a.id < b.id ? 1 : -1))
}
