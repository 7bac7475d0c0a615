import { type FrontItem, timeOf } from './item.ts'

export interface PageQuery {
  readonly limit?: string
  readonly page_token?: string
}

/**
 * One page of a list that is in its order already. The token names the last item seen, so that items added at the front move nothing.
 * A number of items at most `max` is asked for by `limit`.
 */
export function pageOf(
  items: readonly FrontItem[],
  query: PageQuery,
  max: number,
  fallback: number,
): { results: FrontItem[]; nextToken: string | null } {
  const asked = Number(query.limit)
  const limit = Number.isInteger(asked) && asked >= 1 ? Math.min(asked, max) : fallback
  const after = query.page_token ? Buffer.from(query.page_token, 'base64url').toString() : null
  const start = after === null ? 0 : items.findIndex((item) => keyOf(item) === after) + 1
  const results = items.slice(start, start + limit)
  const last = results.at(-1)
  const hasMore = start + limit < items.length
  return { results, nextToken: hasMore && last ? Buffer.from(keyOf(last)).toString('base64url') : null }
}

function keyOf(item: FrontItem): string {
  return `${timeOf(item)}|${item.id}`
}
