import type { ListEventsOptions, PageOptions } from './types.ts'

/** Front gives at most 100 a page. `fallback` null: the list takes no size. */
export function pageQuery(
  { limit, pageToken }: PageOptions & { readonly limit?: number },
  fallback: number | null,
): URLSearchParams {
  const query = new URLSearchParams()
  const size = limit ?? fallback
  if (size !== null) query.set('limit', String(Math.min(Math.max(1, Math.trunc(size)), 100)))
  if (pageToken !== undefined) query.set('page_token', pageToken)
  return query
}

/** Times are seconds with three decimals; a list repeats its key. @see https://dev.frontapp.com/docs/query-object-q */
export function eventsQuery({ after, before, types, order, pageToken }: ListEventsOptions): URLSearchParams {
  const query = pageQuery(pageToken === undefined ? {} : { pageToken }, null)
  if (after !== undefined) query.set('q[after]', (after / 1_000).toFixed(3))
  if (before !== undefined) query.set('q[before]', (before / 1_000).toFixed(3))
  for (const type of types ?? []) query.append('q[types]', type)
  if (order !== undefined) {
    query.set('sort_by', 'created_at')
    query.set('sort_order', order)
  }
  return query
}
