import type { FastifyInstance } from 'fastify'
import { ConsoleError } from '../errors.ts'

const own = /^\/(api|problems)\//

/**
 * Answers a request for a path of the API, or a problem's page, that is there for other methods only with 405 and `Allow`. Takes the routes that are added from now on;
 * what it tells is in the API document, and the same for everybody, in every tenant.
 */
export function refuseOtherMethods(app: FastifyInstance): void {
  const methodsOf = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    if (!own.test(url)) return
    const methods = methodsOf.get(url) ?? new Set()
    for (const one of [method].flat()) methods.add(one)
    methodsOf.set(url, methods)
  })
  app.addHook('onRequest', async (request) => {
    const [path = ''] = request.url.split('?', 1)
    // What no route takes may still be taken by the one for the page's files.
    if (!own.test(path) || own.test(request.routeOptions.url ?? '')) return
    const allowed = [...methodsOf].flatMap(([url, methods]) => (isOf(path, url) ? [...methods] : []))
    if (allowed.length === 0 || allowed.includes(request.method)) return
    throw new ConsoleError('MR_CONSOLE_METHOD', { allow: [...new Set(allowed)].sort() })
  })
}

/** Whether a path is one of a route's, whose parameters begin with a colon. */
function isOf(path: string, route: string): boolean {
  const steps = path.replace(/\/$/, '').split('/')
  const wanted = route.split('/')
  return (
    steps.length === wanted.length && wanted.every((step, at) => step === steps[at] || isParameter(step, steps[at]))
  )
}

function isParameter(step: string, given: string | undefined): boolean {
  return step.startsWith(':') && given !== undefined && given !== ''
}
