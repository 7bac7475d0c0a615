import { TargetRefused } from '@millrace/service-kit'
import { NoConsent } from './ask-consent.ts'
import { ProxyFailed } from './connect-through-proxy.ts'
import type { TryErrorCode } from './error-classes.ts'
import { BadAnswer } from './exchange.ts'
import type { Phase } from './tried.ts'

const timeouts = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])
const badAnswers = new Set([
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_RES_EXCEEDED_MAX_SIZE',
])
/** Said by this machine before anything has left it. */
const noRoute = new Set([
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EADDRINUSE',
  'EAFNOSUPPORT',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EACCES',
  'EPERM',
])
/** Said by a router: of the endpoint's network, or of ours. */
const unclearRoute = new Set(['EHOSTUNREACH', 'EHOSTDOWN'])
const connectionFaults = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOTCONN',
  'EPROTOTYPE',
  'UND_ERR_SOCKET',
])
/** OpenSSL's and Node's names: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const tls =
  /^(ERR_TLS|ERR_SSL|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|PATH_LENGTH|ERROR_IN_)|^EPROTO$/

const codeOfRule: Partial<Record<TargetRefused['rule'], TryErrorCode>> = {
  'address-forbidden': 'MR_DELIVERY_ADDRESS_REFUSED',
  'name-unresolved': 'MR_DELIVERY_DNS',
  'resolver-failed': 'MR_DELIVERY_RESOLVER_AWAY',
}

/** While others answer, what a router says is about the endpoint. */
const REACHED_LATELY_MS = 30_000

export interface FailureCodes {
  /** The class of a try that failed at this phase. @throws the error itself when it is none of the network's: a bug */
  of(error: unknown, phase: Phase): TryErrorCode
  /** An endpoint has answered. */
  reached(): void
}

/** @param doServersAnswer whether name servers have answered anything lately */
export function createFailureCodes(doServersAnswer: () => boolean): FailureCodes {
  let reachedAt = Number.NEGATIVE_INFINITY
  return {
    of(error, phase) {
      const isNetworkUp = performance.now() - reachedAt < REACHED_LATELY_MS
      const code = failureCode(error, phase, { doServersAnswer: doServersAnswer(), isNetworkUp })
      if (code === undefined) throw error
      return code
    },
    reached() {
      reachedAt = performance.now()
    },
  }
}

/** What else is known when a try fails. */
export interface Surroundings {
  readonly doServersAnswer: boolean
  /** Whether any endpoint has answered lately. */
  readonly isNetworkUp: boolean
}

/** The class of a failed try; undefined for an error that is none of the network's: a bug. */
export function failureCode(error: unknown, phase: Phase, around: Surroundings): TryErrorCode | undefined {
  if (!(error instanceof Error)) return undefined
  if (error instanceof NoConsent) return 'MR_DELIVERY_NO_CONSENT'
  if (error instanceof ProxyFailed) return error.fault === 'proxy' ? 'MR_DELIVERY_PROXY_AWAY' : 'MR_DELIVERY_CONNECTION'
  if (error instanceof TargetRefused) return codeOfRule[error.rule] ?? 'MR_DELIVERY_URL_REFUSED'
  if (error.name === 'TimeoutError') return timeoutCode(phase, around)
  // undici's parser names what it met only sometimes.
  if (error instanceof BadAnswer || error.name === 'HTTPParserError' || /^bad (response|upgrade)/.test(error.message))
    return 'MR_DELIVERY_BAD_ANSWER'
  return codeOfSystemError(error, around)
}

/** Time that our own parts took is not the endpoint's. */
function timeoutCode(phase: Phase, { doServersAnswer }: Surroundings): TryErrorCode {
  if (phase === 'proxy') return 'MR_DELIVERY_PROXY_AWAY'
  if (phase !== 'dns') return 'MR_DELIVERY_TIMEOUT'
  return doServersAnswer ? 'MR_DELIVERY_DNS' : 'MR_DELIVERY_RESOLVER_AWAY'
}

function codeOfSystemError(error: Error, { isNetworkUp }: Surroundings): TryErrorCode | undefined {
  const codes = codesOf(error)
  const has = (known: ReadonlySet<string>) => codes.some((code) => known.has(code))
  // Several addresses fail together: what the endpoint did at one of them says more than that we cannot reach another.
  if (codes.some((code) => tls.test(code))) return 'MR_DELIVERY_TLS'
  if (has(badAnswers)) return 'MR_DELIVERY_BAD_ANSWER'
  if (has(connectionFaults)) return 'MR_DELIVERY_CONNECTION'
  if (has(timeouts)) return 'MR_DELIVERY_TIMEOUT'
  if (has(unclearRoute)) return isNetworkUp ? 'MR_DELIVERY_CONNECTION' : 'MR_DELIVERY_NO_ROUTE'
  return has(noRoute) ? 'MR_DELIVERY_NO_ROUTE' : undefined
}

function codesOf(error: Error): readonly string[] {
  if (error instanceof AggregateError)
    return error.errors.flatMap((each) => (each instanceof Error ? codesOf(each) : []))
  const { code, cause } = error as { code?: unknown; cause?: unknown }
  if (typeof code === 'string' && code !== '') return [code]
  return cause instanceof Error ? codesOf(cause) : []
}

/** What a status means (Standard Webhooks 1.0.0): only 2xx is success, 410 ends it, 429 and 503 ask for less. */
export function codeOfStatus(status: number): TryErrorCode | null {
  if (status >= 200 && status < 300) return null
  if (status === 410) return 'MR_DELIVERY_GONE'
  if (status === 429 || status === 503) return 'MR_DELIVERY_THROTTLED'
  return status >= 300 && status < 400 ? 'MR_DELIVERY_REDIRECT' : 'MR_DELIVERY_STATUS'
}
