/** Prefix and number, as Front writes ids, or an alias. */
const ID = /^([a-z]{3}_[0-9A-Za-z]{1,64}|alt:.*)$/

/** What Front counts 5 calls a second of: the first id in the path, or the path of a list. */
export function resourceOf({ pathname }: URL): string {
  const parts = pathname.split('/')
  return parts.find((part) => ID.test(part)) ?? pathname
}

/** The path without ids: one of a few, for metrics and for what a token may read. */
export function routeOf({ pathname }: URL, { pathname: base }: URL): string {
  const path = pathname.startsWith(base) && base !== '/' ? pathname.slice(base.replace(/\/$/, '').length) : pathname
  return path
    .split('/')
    .map((part) => (ID.test(part) ? '{id}' : part))
    .join('/')
}
