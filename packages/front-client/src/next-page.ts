import { type AllowUrl, parseUrl } from './hosts.ts'

/**
 * Where to ask for the page after `current`: the link itself when it is the same list on an allowed host; else the same list here with the
 * link's `page_token`; null when the link has none, so that the caller stops.
 */
export function nextPageUrl(current: URL, next: string, allow: AllowUrl): URL | null {
  const link = parseUrl(next, current)
  if (!link) return null
  if (allow(link) && link.pathname === current.pathname) return link
  const token = link.searchParams.get('page_token')
  if (!token) return null
  const url = new URL(current)
  url.searchParams.set('page_token', token)
  return url
}

/** The token by which a list goes on after `next`; null when that names none. */
export function pageTokenOf(next: string, base: URL): string | null {
  return parseUrl(next, base)?.searchParams.get('page_token') || null
}
