import type { Log } from '@millrace/kafka'
import type { ServiceContext } from '@millrace/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Told of each request of the API when its answer has gone out. */
export type OnAnswer = (request: FastifyRequest, reply: FastifyReply) => void

/**
 * Measures every request of the API, and writes one line each: writes at `info` with who made them, reads at `debug`. Neither has the URL, which may
 * hold what somebody searched for.
 */
export function observeRequests(meter: ServiceContext<unknown>['meter'], log: Log): OnAnswer {
  const duration = meter.createHistogram('http.server.request.duration', {
    unit: 's',
    description:
      'Time from a request’s headers to the end of its answer, by route, method and status; a live stream’s is how long it was open.',
    advice: { explicitBucketBoundaries: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 30] },
  })
  return (request, reply) => {
    const { method, routeOptions } = request
    const { statusCode: status, elapsedTime } = reply
    const route = routeOptions.url ?? 'none'
    duration.record(elapsedTime / 1_000, {
      'http.request.method': method,
      'http.route': route,
      'http.response.status_code': status,
    })
    const facts = {
      method,
      route,
      status,
      took_ms: Math.round(elapsedTime),
      request_id: request.id,
      actor: actorOf(request),
    }
    if (method === 'GET' || method === 'HEAD') log.debug(facts, 'request')
    else log.info(facts, 'request')
  }
}

/** Undefined for whoever is not known: the property of an `open` or refused request throws. */
function actorOf(request: FastifyRequest): string | undefined {
  return Object.hasOwn(request, 'actor') ? request.actor.id : undefined
}
