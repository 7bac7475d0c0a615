import { keepPreviousData, type QueryKey, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type Method, type Query, type RequestFailed, request } from './request.ts'
import { useTenant } from './tenant.tsx'

export interface ReadOptions<T> {
  readonly query?: Query
  /** Of a search: what the query would be, sent where no log on its way has it. Empty texts are left out. */
  readonly search?: Query
  /** Milliseconds between two reads, or what tells them from the last answer; default: none, but a read when the window is looked at again. */
  readonly everyMs?: number | false | ((data: T | undefined) => number | false)
  /** Default true. */
  readonly enabled?: boolean
  /** Shows the page before while the next is read. */
  readonly keepPrevious?: boolean
}

/** Address of a path of the tenant, as in `/events`. Ids in it are to be encoded by the caller (`encodeURIComponent`). */
export function tenantPath(tenant: string, path: string): string {
  return `/api/v1/tenants/${encodeURIComponent(tenant)}${path}`
}

export function useGet<T>(path: string, options: ReadOptions<T> = {}) {
  const { everyMs = false, query, search } = options
  return useQuery({
    queryKey: [path, query, search].filter((part) => part !== undefined),
    queryFn: ({ signal }) =>
      search === undefined
        ? request<T>('GET', path, { query, signal })
        : request<T>('POST', path, { body: withoutEmpty(search), signal }),
    enabled: options.enabled ?? true,
    refetchInterval: (query) => (typeof everyMs === 'function' ? everyMs(query.state.data) : everyMs),
    ...(options.keepPrevious ? { placeholderData: keepPreviousData } : {}),
  })
}

function withoutEmpty(search: Query): Query {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== ''))
}

/** Reads `/api/v1/tenants/{tenant}` + path. */
export function useTenantGet<T>(path: string, options: ReadOptions<T> = {}) {
  return useGet<T>(tenantPath(useTenant(), path), options)
}

export interface Write<B> {
  readonly method?: Exclude<Method, 'GET'>
  readonly path: string
  readonly body?: B
  /** Milliseconds until it is given up, where it may take longer than others. */
  readonly deadlineMs?: number
}

export interface WriteOptions {
  /** It changes nothing, such as a dry run, so nothing has to be read again. */
  readonly isHarmless?: boolean
}

/** Writes below the tenant's path; then everything that is on the page is read again. */
export function useTenantWrite<T, B = unknown>(options: WriteOptions = {}) {
  const tenant = useTenant()
  return useWriteAt<T, B>((path) => tenantPath(tenant, path), options)
}

/** Writes outside of a tenant (users, tokens, the own password). */
export function useWrite<T, B = unknown>(options: WriteOptions = {}) {
  return useWriteAt<T, B>((path) => path, options)
}

function useWriteAt<T, B>(address: (path: string) => string, { isHarmless = false }: WriteOptions) {
  const client = useQueryClient()
  return useMutation<T, RequestFailed, Write<B>>({
    mutationFn: ({ method = 'POST', path, body, deadlineMs }) =>
      request<T>(method, address(path), { body: body ?? {}, ...(deadlineMs === undefined ? {} : { deadlineMs }) }),
    onSuccess: async () => {
      if (!isHarmless) await client.invalidateQueries({ predicate: ({ queryKey }) => isApiKey(queryKey) })
    },
  })
}

function isApiKey([first]: QueryKey): boolean {
  return typeof first === 'string' && first.startsWith('/api/')
}
