import { defineRoutes } from '../access/define-routes.ts'
import { filterOf } from '../read/live/entries.ts'
import { openStream } from '../read/live/stream.ts'
import { liveHeaders, liveMessages, liveQuery } from '../read/schemas/index.ts'

export const liveRoutes = defineRoutes((app, deps) => {
  app.get(
    '/live',
    {
      // A stream has no end that whoever asks for the headers alone could wait for.
      exposeHeadRoute: false,
      config: { role: 'viewer' },
      schema: {
        operationId: 'streamLive',
        summary: 'What happens now, as server-sent events',
        description:
          'Goes on after the message whose id `Last-Event-ID` names. A stream ends after five minutes, so that the caller’s right is looked at anew; readers of server-sent events come again by themselves. `gap` says that something was left out.',
        tags: ['live'],
        querystring: liveQuery,
        headers: liveHeaders,
        response: { 200: { description: 'Messages', content: { 'text/event-stream': { schema: liveMessages } } } },
      },
    },
    async (request, reply) => {
      const { last_event_id: fromQuery, ...query } = request.query
      await deps.reading.live.listen({
        filter: filterOf(request.tenant, query),
        actorId: request.actor.id,
        lastEventId: request.headers['last-event-id'] ?? fromQuery,
        open: () => openStream(reply),
      })
    },
  )
})
