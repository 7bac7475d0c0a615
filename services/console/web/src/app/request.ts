/** A problem document of the API (RFC 9457), or what stands for one when no answer came. */
export interface Problem {
  readonly type: string
  readonly title: string
  /** 0: no answer came. */
  readonly status: number
  readonly detail?: string
  readonly code?: string
  /** Epoch milliseconds since when the ledger does not follow the topics, where that is the trouble. */
  readonly stale_since?: number
  /** Each field that is wrong: `/url` in the body, `query/limit` elsewhere. */
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[]
}

export class RequestFailed extends Error {
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title)
    this.problem = problem
  }
}

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>

export interface RequestOptions {
  readonly query?: Query | undefined
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
  /** Milliseconds until it is given up. Default 20 000. */
  readonly deadlineMs?: number
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

const DEADLINE_MS = 20_000
let csrfToken: string | undefined

/** The token that writes of this session carry; known from `GET /api/v1/me` and the login. */
export function setCsrfToken(token: string | undefined): void {
  csrfToken = token
}

/**
 * One request to the console's API. A 204 resolves with undefined.
 * @throws RequestFailed with the API's problem, or with status 0 when no answer came within the deadline.
 */
export async function request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
  const { query, body, signal, deadlineMs = DEADLINE_MS } = options
  const deadline = AbortSignal.timeout(deadlineMs)
  const response = await fetch(path + queryString(query), {
    method,
    credentials: 'same-origin',
    headers: headersOf(method, body),
    signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error
    throw new RequestFailed(noAnswer(deadline.aborted, deadlineMs))
  })
  if (!response.ok) throw new RequestFailed(await problemOf(response))
  if (response.status === 204) return undefined as T
  return (await response.json()) as T
}

/** `?a=1&b=2`, without what is empty; arrays repeat their name. */
export function queryString(query: Query | undefined): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined || value === '') continue
    for (const one of Array.isArray(value) ? value : [value]) params.append(name, String(one))
  }
  const text = params.toString()
  return text === '' ? '' : `?${text}`
}

function headersOf(method: Method, body: unknown): Record<string, string> {
  return {
    accept: 'application/json, application/problem+json',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(method === 'GET' || csrfToken === undefined ? {} : { 'x-csrf-token': csrfToken }),
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const title = `The console answered ${response.status}`
  const fallback = { type: 'about:blank', title, status: response.status }
  const body: unknown = await response.json().catch(() => undefined)
  return typeof body === 'object' && body !== null ? { ...fallback, ...body } : fallback
}

function noAnswer(isLate: boolean, deadlineMs: number): Problem {
  const detail = isLate
    ? `The console gave no answer within ${Math.round(deadlineMs / 1000)} s.`
    : 'The console cannot be reached. It may be restarting; this page tries again by itself.'
  return { type: 'about:blank', title: 'No answer', status: 0, detail }
}
