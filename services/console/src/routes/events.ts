import { defineRoutes } from '../access/define-routes.ts'
import { findEvents } from '../read/find-events.ts'
import { readEvent, readPayload } from '../read/read-event.ts'
import { readTimeline } from '../read/read-timeline.ts'
import {
  eventDetail,
  eventPage,
  eventPayload,
  eventsQuery,
  eventsSearch,
  idParams,
  payloadQuery,
  supportPack,
  timeline,
} from '../read/schemas/index.ts'
import { readSupportPack } from '../read/support.ts'

const tags = ['events']
const params = idParams('event_id')

export const eventsRoutes = defineRoutes((app, deps) => {
  app.get(
    '/events',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listEvents',
        summary: 'Events that fit a filter, newest first',
        tags,
        querystring: eventsQuery,
        response: { 200: eventPage },
      },
    },
    async ({ tenant, query }) => await findEvents(deps.db, tenant, query, deps.reading.words),
  )
  app.post(
    '/events/search',
    {
      config: { role: 'viewer', isSearch: true },
      schema: {
        operationId: 'searchEvents',
        summary: 'Events that fit a filter and have a text in their payload, newest first',
        description: 'As the list, with a text besides: in the body, so that no URL names anybody.',
        tags,
        body: eventsSearch,
        response: { 200: eventPage },
      },
    },
    async ({ tenant, body }) => await findEvents(deps.db, tenant, body, deps.reading.words),
  )
  app.get(
    '/events/:event_id',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getEvent',
        summary: 'One event with the times of its hops and its runs',
        tags,
        params,
        response: { 200: eventDetail },
      },
    },
    async ({ tenant, params }) => await readEvent(deps.db, tenant, params.event_id),
  )
  app.get(
    '/events/:event_id/timeline',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getTimeline',
        summary: 'What happened to an event, hop by hop, as a waterfall',
        tags,
        params,
        response: { 200: timeline },
      },
    },
    async ({ tenant, params }) => await readTimeline(deps.db, tenant, params.event_id),
  )
  app.get(
    '/events/:event_id/payload',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getPayload',
        summary: 'What the provider sent, byte for byte',
        tags,
        params,
        querystring: payloadQuery,
        response: { 200: eventPayload },
      },
    },
    async ({ tenant, params, query }) => await readPayload(deps.db, tenant, params.event_id, query.max_bytes),
  )
  app.get(
    '/events/:event_id/support',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getSupportPack',
        summary: 'Everything that a support case needs of an event, without personal data',
        tags,
        params,
        response: { 200: supportPack },
      },
    },
    async ({ tenant, params }) => await readSupportPack(deps.reading, tenant, params.event_id),
  )
})
