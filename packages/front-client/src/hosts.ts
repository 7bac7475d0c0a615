/** Decides whether a URL may get a request that carries the token. */
export type AllowUrl = (url: URL) => boolean

/**
 * Links in Front's answers point at the company's own host. The token goes only to `https://api2.frontapp.com`, `https://*.api.frontapp.com`, the origin of the
 * configured base URL and `extraHosts` (https, default port): a link is data that somebody else may have shaped.
 */
export function allowUrls(baseUrl: URL, extraHosts: readonly string[] = []): AllowUrl {
  return (url) => {
    if (url.username || url.password) return false
    if (url.origin === baseUrl.origin) return true
    if (url.protocol !== 'https:' || url.port !== '') return false
    return url.hostname === 'api2.frontapp.com' || isCompanyHost(url.hostname) || extraHosts.includes(url.hostname)
  }
}

function isCompanyHost(hostname: string): boolean {
  return /^[a-z0-9]([a-z0-9-]*[a-z0-9])?\.api\.frontapp\.com$/.test(hostname)
}

/** The URL that `text` names, seen from `base`; null when it is none. */
export function parseUrl(text: string, base: URL): URL | null {
  return URL.canParse(text, base.href) ? new URL(text, base) : null
}
