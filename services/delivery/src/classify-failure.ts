import { TargetRefused } from '@millrace/service-kit'
import { DeliveryError, type DeliveryErrorCode } from './errors.ts'

const timeouts = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])
const badAnswers = new Set([
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_RES_EXCEEDED_MAX_SIZE',
])
/** OpenSSL's and Node's names: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const tls =
  /^(ERR_TLS|ERR_SSL|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|PATH_LENGTH|ERROR_IN_)|^EPROTO$/

const codeOfRule: Partial<Record<TargetRefused['rule'], DeliveryErrorCode>> = {
  'address-forbidden': 'MR_DELIVERY_ADDRESS_REFUSED',
  'name-unresolved': 'MR_DELIVERY_DNS',
  'resolver-failed': 'MR_DELIVERY_RESOLVER_AWAY',
}

/** The class of a failed try; undefined for an error that is none of the network's: a bug. */
export function failureCode(error: unknown): DeliveryErrorCode | undefined {
  if (error instanceof DeliveryError) return error.code
  if (!(error instanceof Error)) return undefined
  const refused = refusalIn(error)
  if (refused !== undefined) return codeOfRule[refused.rule] ?? 'MR_DELIVERY_URL_REFUSED'
  if (error.name === 'TimeoutError') return 'MR_DELIVERY_TIMEOUT'
  // undici's parser names what it met only sometimes.
  if (error.name === 'HTTPParserError') return 'MR_DELIVERY_BAD_ANSWER'
  const code = codeOf(error)
  if (code === undefined) return undefined
  if (timeouts.has(code)) return 'MR_DELIVERY_TIMEOUT'
  if (tls.test(code)) return 'MR_DELIVERY_TLS'
  return badAnswers.has(code) ? 'MR_DELIVERY_BAD_ANSWER' : 'MR_DELIVERY_CONNECTION'
}

/** Several addresses that all fail come as one error without a code of its own use; the first cause speaks for all. */
function codeOf(error: Error): string | undefined {
  const { code } = error as { code?: unknown }
  if (typeof code === 'string' && code !== '') return code
  const [first] = error instanceof AggregateError ? error.errors : [error.cause]
  return first instanceof Error ? codeOf(first) : undefined
}

function refusalIn(error: Error): TargetRefused | undefined {
  if (error instanceof TargetRefused) return error
  return error.cause instanceof Error ? refusalIn(error.cause) : undefined
}
