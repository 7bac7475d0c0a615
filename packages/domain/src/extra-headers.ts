/** RFC 9110, 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/
/** Visible ASCII, spaces and tabs within (RFC 9110, 5.5, without the obsolete bytes over 127). */
const VALUE = /^[!-~]([ \t!-~]{0,2046}[!-~])?$/

/**
 * Names that would change how the request is framed or routed, whom it seems to come from, what proxies and clouds' metadata services make of it, or
 * what we say ourselves. With Metadata-Flavor and the like an endpoint could make us a client of such a service.
 */
const denied: readonly (readonly [RegExp, string])[] = [
  [
    /^(host|content-length|content-type|content-encoding|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|http2-settings|date|user-agent|range|max-forwards)$/,
    'is set by the sender itself',
  ],
  [
    /^(proxy-.*|via|forwarded|x-forwarded-.*|x-real-ip|true-client-ip|cf-.*|x-original-.*|x-rewrite-.*)$/,
    'is for proxies',
  ],
  [
    /^(metadata.*|x-aws-.*|x-amz-.*|x-goog-.*|x-google-.*|x-ms-.*|x-azure-.*|x-identity-.*)$/,
    'is for services of clouds',
  ],
  [/^(webhook-.*|svix-.*|ratelimit.*|x-ratelimit.*|traceparent|tracestate|baggage)$/, 'is set by each delivery'],
  [/^(cookie|set-cookie)$/, 'belongs to browsers'],
  [/^(:.*|x-http-method.*|x-method-override)$/, 'would change the request'],
]

/** An endpoint has this many at most. */
export const MAX_EXTRA_HEADERS = 20

/**
 * Why an extra request header of an endpoint cannot be taken, in words; undefined when it can. Never repeats the value, which may be a password.
 * @param name in any case
 */
export function extraHeaderProblem(name: string, value: string): string | undefined {
  if (!TOKEN.test(name)) return 'its name must be 1 to 64 letters, digits and dashes'
  const reason = denied.find(([pattern]) => pattern.test(name.toLowerCase()))?.[1]
  if (reason !== undefined) return `${name} ${reason}`
  return VALUE.test(value)
    ? undefined
    : `the value of ${name} must be 1 to 2,048 visible ASCII characters, without line breaks`
}
