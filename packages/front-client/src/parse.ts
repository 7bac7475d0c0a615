import { FrontError } from './errors.ts'

/** An object of the API; fields that the API may add are kept. */
export interface FrontObject {
  readonly id: string
  readonly [field: string]: unknown
}

/** One page of a list. `next` is the link to the next page as Front wrote it. */
export interface FrontPage {
  readonly results: readonly FrontObject[]
  readonly next: string | null
}

/** @throws FrontError `MR_FRONT_BAD_ANSWER` when the bytes are no JSON. */
export function parseJson(bytes: Buffer, where: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    // The parser's own message quotes the body, which is a customer's text: it stays out of logs.
    throw new FrontError('MR_FRONT_BAD_ANSWER', `${where}: the answer of ${bytes.length} bytes is no JSON`)
  }
}

/**
 * An answer that is one object with an id.
 * @throws FrontError `MR_FRONT_BAD_ANSWER`
 */
export function parseObject(json: unknown, where: string): FrontObject {
  if (isRecord(json) && typeof json.id === 'string') return json as FrontObject
  throw new FrontError('MR_FRONT_BAD_ANSWER', `${where}: the answer is no object with an id`)
}

/**
 * An answer that is a list: `{ _results, _pagination: { next } }`.
 * @see https://dev.frontapp.com/docs/pagination
 * @throws FrontError `MR_FRONT_BAD_ANSWER`
 */
export function parsePage(json: unknown, where: string): FrontPage {
  const results = isRecord(json) ? json._results : undefined
  if (!Array.isArray(results))
    throw new FrontError('MR_FRONT_BAD_ANSWER', `${where}: the answer has no list of results`)
  const pagination = isRecord(json) ? json._pagination : undefined
  const next = isRecord(pagination) ? pagination.next : undefined
  return {
    results: results.map((item) => parseObject(item, where)),
    next: typeof next === 'string' && next !== '' ? next : null,
  }
}

/** What Front's error body says: `{ _error: { title, message } }`, one line, at most 200 characters. */
export function parseErrorMessage(bytes: Buffer): string {
  try {
    const json: unknown = JSON.parse(bytes.toString('utf8'))
    const error = isRecord(json) && isRecord(json._error) ? json._error : {}
    const words = [error.title, error.message].filter((word) => typeof word === 'string')
    return words.join(': ').replaceAll(/\s+/g, ' ').slice(0, 200)
  } catch {
    return ''
  }
}

/** What a scope looks like: anything else in its place may be somebody's text. */
const SCOPE = /^[a-z_]+(?::(?:[a-z_]+|\*))+$/i

/** Scopes in "Missing required scopes: [events:*:read]". */
export function parseMissingScopes(message: string): string[] {
  const list = /Missing required scopes?: \[([^\]]*)\]/i.exec(message)?.[1] ?? ''
  return list
    .split(',')
    .map((scope) => scope.trim())
    .filter((scope) => SCOPE.test(scope))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
