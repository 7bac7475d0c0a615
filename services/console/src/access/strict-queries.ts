import type { FastifyInstance } from 'fastify'
import { z } from 'zod'

const api = /^\/api\//
const none = z.strictObject({})

/**
 * Has every route of the API that is added from now on refuse a parameter in the query that it does not know, by name: a filter that is misspelt
 * would choose everything, and `?dry_run=true` where the body is meant would do the real thing.
 */
export function refuseUnknownParameters(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (!api.test(route.url)) return
    const { querystring = none } = route.schema ?? {}
    if (!(querystring instanceof z.ZodObject)) throw new Error(`${route.url} has a query that is no object`)
    route.schema = { ...route.schema, querystring: querystring.strict() }
  })
}
