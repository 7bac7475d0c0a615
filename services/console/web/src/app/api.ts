import { keepPreviousData, type QueryKey, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type Method, type Query, type RequestFailed, request } from './request.ts'
import { useTenant } from './tenant.tsx'

export interface ReadOptions {
  readonly query?: Query
  /** Milliseconds between two reads; default: none, but a read when the window is looked at again. */
  readonly everyMs?: number | false
  /** Default true. */
  readonly enabled?: boolean
  /** Shows the page before while the next is read. */
  readonly keepPrevious?: boolean
}

/** Address of a path of the tenant, as in `/events`. Ids in it are to be encoded by the caller (`encodeURIComponent`). */
export function tenantPath(tenant: string, path: string): string {
  return `/api/v1/tenants/${encodeURIComponent(tenant)}${path}`
}

export function useGet<T>(path: string, options: ReadOptions = {}) {
  return useQuery({
    queryKey: options.query ? [path, options.query] : [path],
    queryFn: ({ signal }) => request<T>('GET', path, { query: options.query, signal }),
    enabled: options.enabled ?? true,
    refetchInterval: options.everyMs ?? false,
    ...(options.keepPrevious ? { placeholderData: keepPreviousData } : {}),
  })
}

/** Reads `/api/v1/tenants/{tenant}` + path. */
export function useTenantGet<T>(path: string, options: ReadOptions = {}) {
  return useGet<T>(tenantPath(useTenant(), path), options)
}

export interface Write<B> {
  readonly method?: Exclude<Method, 'GET'>
  readonly path: string
  readonly body?: B
}

/** Writes below the tenant's path; then everything of the tenant that is on the page is read again. */
export function useTenantWrite<T, B = unknown>() {
  const tenant = useTenant()
  return useWrite<T, B>((path) => tenantPath(tenant, path))
}

/** Writes outside of a tenant (users, tokens, the own password). */
export function useWrite<T, B = unknown>(address: (path: string) => string = (path) => path) {
  const client = useQueryClient()
  return useMutation<T, RequestFailed, Write<B>>({
    mutationFn: ({ method = 'POST', path, body }) => request<T>(method, address(path), { body: body ?? {} }),
    onSuccess: () => client.invalidateQueries({ predicate: ({ queryKey }) => isApiKey(queryKey) }),
  })
}

function isApiKey([first]: QueryKey): boolean {
  return typeof first === 'string' && first.startsWith('/api/')
}
