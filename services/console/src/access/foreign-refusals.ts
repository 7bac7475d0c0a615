import { DomainError } from '@millrace/domain'
import { OperationsError } from '@millrace/operations'
import { ConsoleError, type ConsoleErrorCode } from '../errors.ts'

const codes: Readonly<Record<number, ConsoleErrorCode>> = {
  400: 'MR_CONSOLE_INVALID',
  404: 'MR_CONSOLE_NOT_FOUND',
  409: 'MR_CONSOLE_CONFLICT',
  413: 'MR_CONSOLE_INVALID',
  503: 'MR_CONSOLE_KAFKA',
  504: 'MR_CONSOLE_NO_ATTEMPT',
}

const KEYS_RETRY_AFTER = 5

/** What the packages below refuse, in the console's words; undefined for what is no refusal. Their messages are made for callers. */
export function foreignRefusal(error: unknown): ConsoleError | undefined {
  if (isCoded(error) && error.code === 'MR_KAFKA_KEY_PENDING')
    return new ConsoleError('MR_CONSOLE_KEYS', { retryAfterSeconds: KEYS_RETRY_AFTER, cause: error })
  // The broker's own words stay in the log.
  if (isKafkaAway(error)) return new ConsoleError('MR_CONSOLE_KAFKA', { cause: error })
  if (!(error instanceof OperationsError) && !(error instanceof DomainError)) return undefined
  const code = error.code === 'MR_OPERATIONS_NO_KEYS' ? 'MR_CONSOLE_NO_KEYS' : codes[error.statusCode]
  if (code === undefined) return undefined
  return new ConsoleError(code, { detail: sentence(error.message), problems: error.problems, cause: error })
}

/** By its code: what a read meets is no `KafkaError`. */
function isKafkaAway(error: unknown): boolean {
  return isCoded(error) && String(error.code).startsWith('MR_KAFKA_') && error.retryable === true
}

function isCoded(error: unknown): error is Error & { readonly code: unknown; readonly retryable: unknown } {
  return error instanceof Error && 'code' in error && 'retryable' in error
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`
}
