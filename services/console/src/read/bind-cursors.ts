import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { refuseCursor } from './cursor.ts'

/** What may change from page to page. */
const FREE = new Set(['cursor', 'limit'])

type Marks = ReadonlyMap<string, string>

/**
 * Has every list take a cursor only with the parameters with which it was made: with others it would go on in the middle of another list, and nobody
 * would see what is missing. A cursor says which list it is of, and a mark of each parameter; refused by name.
 */
export function bindCursors(app: FastifyInstance): void {
  // The query is what its schema made of it by then: defaults are filled in, so that saying one and leaving it out are the same.
  app.addHook('preHandler', async (request) => {
    // The page's own addresses have a cursor too.
    if (request.routeOptions.config.role === undefined) return
    const params = paramsOf(request) as { cursor?: unknown }
    if (typeof params.cursor === 'string') params.cursor = placeIn(params.cursor, request)
  })
  app.addHook('preSerialization', async (request, _, payload) => {
    if (typeof payload !== 'object' || payload === null || !('next_cursor' in payload)) return payload
    const { next_cursor: next } = payload
    return typeof next === 'string' ? { ...payload, next_cursor: bound(next, request) } : payload
  })
}

function bound(place: string, request: FastifyRequest): string {
  const marks = Array.from(marksOf(request), ([name, mark]) => `${name}-${mark}`)
  return [place, listOf(request), ...marks].join('.')
}

/** @throws ConsoleError `MR_CONSOLE_INVALID` with the names of the parameters that differ */
function placeIn(cursor: string, request: FastifyRequest): string {
  const [place = '', list, ...marks] = cursor.split('.')
  const pointer = request.routeOptions.config.isSearch === true ? '/cursor' : 'query/cursor'
  if (list === undefined) refuseCursor(undefined, pointer)
  if (list !== listOf(request)) refuseCursor('is of another list', pointer)
  const made = new Map(marks.map((text) => [text.slice(0, text.indexOf('-')), text.slice(text.indexOf('-') + 1)]))
  const now = marksOf(request)
  const others = [...new Set([...made.keys(), ...now.keys()])].filter((name) => made.get(name) !== now.get(name)).sort()
  if (others.length > 0)
    refuseCursor(
      `was made with another ${others.map((name) => `\`${name}\``).join(', ')}: begin without a cursor`,
      pointer,
    )
  return place
}

/** The path, with its tenant, however it was escaped. */
function listOf({ url }: FastifyRequest): string {
  const [path = ''] = url.split('?', 1)
  return markOf(decodeURIComponent(path).replace(/\/$/, ''))
}

/** What chooses the rows: the query, or the body of a search. */
function paramsOf({ query, body, routeOptions }: FastifyRequest): Readonly<Record<string, unknown>> {
  return (routeOptions.config.isSearch === true ? body : query) as Readonly<Record<string, unknown>>
}

function marksOf(request: FastifyRequest): Marks {
  const given = Object.entries(paramsOf(request))
    .filter(([name, value]) => !FREE.has(name) && value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return new Map(given.map(([name, value]) => [name, markOf(value)]))
}

/** Tells values apart that somebody takes for each other; keeps nothing secret and proves nothing. */
function markOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 6)
}
