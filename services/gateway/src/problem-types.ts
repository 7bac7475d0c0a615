import { domainErrors } from '@millrace/domain'
import { kafkaErrors } from '@millrace/kafka'
import { rules } from '@millrace/signing'
import { gatewayErrors } from './errors.ts'
import { problemAdvice } from './problem-advice.ts'

/** A kind of refusal, with a page of its own. */
export interface ProblemType {
  /** The rule that was broken; the end of the page's URL. It never changes its meaning. */
  readonly slug: string
  readonly status: number
  /** Error code of the answers of this kind. */
  readonly code: string
  readonly title: string
  /** What happened, in a sentence. */
  readonly meaning: string
  /** What its sender, or who runs the gateway, can do. */
  readonly advice: string
  /** Whether the same request may succeed later. */
  readonly isRetryable: boolean
}

interface CodeEntry {
  readonly statusCode: number
  readonly retryable: boolean
  readonly meaning: string
}

/** Path of the pages, below which each kind has its own by its slug. */
export const PROBLEMS_PATH = '/problems'

const AGAIN = 'Send the same request again, after `Retry-After` where the answer has it.'

/** Rules of a code that has several, with what they mean where the code's own meaning says too little. */
const furtherRules: readonly (readonly [keyof typeof gatewayErrors, string, string])[] = [
  ...Object.entries(rules).map(([rule, meaning]) => ['MR_GATEWAY_UNVERIFIED', rule, meaning] as const),
  ['MR_GATEWAY_HEADERS_TOO_LARGE', 'headers-too-many', 'The request has more than 100 headers.'],
  ['MR_GATEWAY_RATE_LIMITED', 'rate-per-address', 'More requests in this minute than one address may make.'],
  ['MR_GATEWAY_RATE_LIMITED', 'rate-per-source', 'More requests in this minute than the source may make.'],
  [
    'MR_GATEWAY_RATE_LIMITED',
    'rate-per-tenant',
    'More requests in this minute than all sources of the tenant may make.',
  ],
]

/** What can be wrong with a body; the other codes of `domain` are of what is done with events later. */
const ofBodies = /^MR_DOMAIN_(BODY|BATCH)_/

/** Kafka's errors that a sender can meet; the others are faults of ours and told as `internal`. */
const kafkaCodes = [
  'MR_KAFKA_TOO_LARGE',
  'MR_KAFKA_QUEUE_FULL',
  'MR_KAFKA_UNAVAILABLE',
  'MR_KAFKA_KEY_PENDING',
  'MR_KAFKA_CLOSED',
] as const

/** Every kind of refusal that the gateway answers with, by slug. */
export const problemTypes: ReadonlyMap<string, ProblemType> = new Map(
  [
    ...Object.entries(gatewayErrors).map(([code, entry]) => typeOf(entry.rule, code, entry)),
    ...furtherRules.map(([code, rule, meaning]) => typeOf(rule, code, { ...gatewayErrors[code], meaning })),
    ...Object.entries(domainErrors)
      .filter(([code]) => ofBodies.test(code))
      .map(([code, entry]) => typeOf(ruleOfCode(code, 'MR_DOMAIN_'), code, entry)),
    ...kafkaCodes.map((code) => typeOf(ruleOfCode(code, 'MR_'), code, kafkaErrors[code])),
  ].map((type) => [type.slug, type]),
)

/** The rule in the name of a code that has one rule: `MR_DOMAIN_BODY_NOT_JSON` is `body-not-json`. */
export function ruleOfCode(code: string, prefix: string): string {
  return code.slice(prefix.length).toLowerCase().replaceAll('_', '-')
}

/**
 * The URL of a rule's page, for `type` (RFC 9457).
 * @param baseUrl address under which senders reach the gateway; without one the URL is the path alone, which counts from the request's own URL
 */
export function problemUrl(rule: string, baseUrl: string | undefined): string {
  return `${(baseUrl ?? '').replace(/\/+$/, '')}${PROBLEMS_PATH}/${rule}`
}

function typeOf(slug: string, code: string, { statusCode, retryable, meaning }: CodeEntry): ProblemType {
  const words = slug
    .replaceAll('-', ' ')
    .replace(/\bjson\b/, 'JSON')
    .replace(/\butf8\b/, 'UTF-8')
  return {
    slug,
    status: statusCode,
    code,
    title: words.charAt(0).toUpperCase() + words.slice(1),
    meaning,
    advice: problemAdvice[slug] ?? (retryable ? AGAIN : ''),
    isRetryable: retryable,
  }
}
