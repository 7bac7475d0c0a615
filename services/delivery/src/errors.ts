/**
 * Every error of this service. Those of a try stand in `Attempt.error_code`; `retryable` says whether the delivery is tried again.
 */
export const deliveryErrors = {
  MR_DELIVERY_STATUS: {
    statusCode: 502,
    retryable: true,
    meaning: 'The endpoint answered with a status that is none of 2xx, 3xx, 410, 429 and 503.',
  },
  MR_DELIVERY_THROTTLED: {
    statusCode: 429,
    retryable: true,
    meaning: 'The endpoint answered 429 or 503: it wants these more slowly, or later; `Retry-After` says when.',
  },
  MR_DELIVERY_REDIRECT: {
    statusCode: 502,
    retryable: true,
    meaning: 'The endpoint answered with a redirect, which is never followed: give the final URL.',
  },
  MR_DELIVERY_TIMEOUT: {
    statusCode: 504,
    retryable: true,
    meaning: 'Connecting, headers and body together took longer than DELIVERY_TIMEOUT_SECONDS.',
  },
  MR_DELIVERY_DNS: { statusCode: 502, retryable: true, meaning: "The endpoint's name could not be resolved." },
  MR_DELIVERY_RESOLVER_AWAY: {
    statusCode: 503,
    retryable: true,
    meaning:
      'No name server answered (DELIVERY_DNS_SERVERS, or those of the system): our own fault, which no endpoint pays for.',
  },
  MR_DELIVERY_PROXY_AWAY: {
    statusCode: 503,
    retryable: true,
    meaning:
      'The egress proxy (DELIVERY_PROXY_URL) cannot be reached, refuses us or fails: our own fault, which no endpoint pays for.',
  },
  MR_DELIVERY_NO_ROUTE: {
    statusCode: 503,
    retryable: true,
    meaning:
      'This machine has no route, address, port or file descriptor left to connect with: our own fault, which no endpoint pays for.',
  },
  MR_DELIVERY_TLS: {
    statusCode: 502,
    retryable: true,
    meaning: "The endpoint's certificate is not valid for its name, or the TLS handshake failed.",
  },
  MR_DELIVERY_CONNECTION: {
    statusCode: 502,
    retryable: true,
    meaning: 'The connection was refused, reset or closed before the answer was complete.',
  },
  MR_DELIVERY_BAD_ANSWER: {
    statusCode: 502,
    retryable: true,
    meaning: 'What the endpoint answered is no HTTP, or its headers are too large.',
  },
  MR_DELIVERY_GONE: {
    statusCode: 410,
    retryable: false,
    meaning: 'The endpoint answered 410: it wants no more of these.',
  },
  MR_DELIVERY_NO_CONSENT: {
    statusCode: 502,
    retryable: true,
    meaning:
      'The endpoint is asked for its consent (OPTIONS with WebHook-Request-Origin) and did not answer that it takes deliveries of ours.',
  },
  MR_DELIVERY_HEADERS_REFUSED: {
    statusCode: 400,
    retryable: false,
    meaning: 'An extra header of the endpoint is none that may be sent: save the endpoint anew without it.',
  },
  MR_DELIVERY_URL_REFUSED: {
    statusCode: 400,
    retryable: false,
    meaning:
      "The endpoint's URL is none that may be called (scheme, port, user name, local name ...): `millrace endpoints check URL` names the rule.",
  },
  MR_DELIVERY_ADDRESS_REFUSED: {
    statusCode: 400,
    retryable: false,
    meaning:
      "The endpoint's URL or name leads to an address that is not of the public Internet, and DELIVERY_ALLOW_PRIVATE is not set.",
  },
  MR_DELIVERY_SECRET_UNREADABLE: {
    statusCode: 500,
    retryable: false,
    meaning: 'A sealed secret of the endpoint is damaged or belongs to another endpoint: add the endpoint anew.',
  },
  MR_DELIVERY_SECRET_KEY_MISSING: {
    statusCode: 503,
    retryable: true,
    meaning: 'A secret of the endpoint needs a key that MILLRACE_SECRET_KEYS of this process lacks: our own fault.',
  },
  MR_DELIVERY_ENDPOINT_UNREAD: {
    statusCode: 503,
    retryable: true,
    meaning: 'The endpoint is so new that this process has not read it yet.',
  },
  MR_DELIVERY_ABORTED: {
    statusCode: 503,
    retryable: true,
    meaning:
      'The process stopped or lost the delivery while the try was under way, so that what came of it is unknown; it is tried again.',
  },
  MR_DELIVERY_ENDPOINT_REMOVED: {
    statusCode: 404,
    retryable: false,
    meaning:
      'The endpoint was removed after the delivery had been requested; it is dropped. A replay to one that is not there is a dead letter.',
  },
  MR_DELIVERY_UNAPPROVED: {
    statusCode: 403,
    retryable: false,
    meaning:
      'A response for which there is no proof that a person approved these bytes for this URL; it is never sent. Ask for it anew in the console.',
  },
  MR_DELIVERY_ENDPOINT_DISABLED: {
    statusCode: 404,
    retryable: false,
    meaning:
      'The endpoint was disabled after the delivery had been requested: by its owner, then it is dropped; by the service (410, only failures), then it is a dead letter that can be redriven.',
  },
  MR_DELIVERY_UNWANTED: {
    statusCode: 404,
    retryable: false,
    meaning:
      "What the event lacked was read, and the endpoint's filter does not fit, or a more specific conversation config gets it; it is dropped.",
  },
  MR_DELIVERY_PREVIEW_UNREADABLE: {
    statusCode: 502,
    retryable: false,
    meaning:
      "The event is a preview, and what the endpoint's filter asks cannot be read (no API token, gone, forbidden): the delivery is a dead letter and can be redriven.",
  },
  MR_DELIVERY_EXPIRED: {
    statusCode: 504,
    retryable: false,
    meaning:
      'The delivery was not done within 72 hours of its request (or the shorter time of its endpoint); the delivery is a dead letter.',
  },
  MR_DELIVERY_EXHAUSTED: {
    statusCode: 502,
    retryable: false,
    meaning:
      'The first try and every retry failed; the delivery is a dead letter, whose message names endpoint, event and the last failure.',
  },
} as const

export type DeliveryErrorCode = keyof typeof deliveryErrors
