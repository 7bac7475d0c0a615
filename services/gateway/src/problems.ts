import { DomainError, type FieldProblem } from '@millrace/domain'
import { KafkaError } from '@millrace/kafka'
import { GatewayError, gatewayErrors } from './errors.ts'
import { problemTypes, problemUrl, ruleOfCode } from './problem-types.ts'

/** RFC 9457 problem details, with what a sender's developer needs: the rule that failed and the id to ask for. */
interface Problem {
  /** Path of the rule's page; `problemText` makes a URL of it. */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly rule: string
  readonly webhook_id?: string
  /** Each missing or wrong field of the body, by JSON pointer. */
  readonly errors?: readonly FieldProblem[]
}

export interface Refusal {
  readonly problem: Problem
  readonly headers: Readonly<Record<string, string>>
  /** True for faults of ours, which the log must tell with their stack. */
  readonly isBug: boolean
}

export const PROBLEM_TYPE = 'application/problem+json'
/** Seconds: a broker that restarts is back after about this long. */
const KAFKA_RETRY_AFTER = 5

/** What a caller is told about an error. Errors that are not made for callers become 500 without a word of theirs. */
export function refusalOf(error: unknown, webhookId?: string): Refusal {
  if (error instanceof GatewayError) return fromGateway(error, webhookId)
  if (error instanceof DomainError) {
    return refuse(
      { ...error, code: error.code, rule: ruleOfCode(error.code, 'MR_DOMAIN_'), detail: error.message },
      webhookId,
    )
  }
  if (error instanceof KafkaError) return fromKafka(error, webhookId)
  const statusCode = statusOf(error)
  // Fastify's own refusals of what it could not read.
  if (statusCode >= 400 && statusCode < 500) {
    const { rule, meaning } = gatewayErrors.MR_GATEWAY_BAD_REQUEST
    return refuse({ statusCode, code: 'MR_GATEWAY_BAD_REQUEST', rule, detail: meaning }, webhookId)
  }
  return { ...fromGateway(new GatewayError('MR_GATEWAY_INTERNAL'), webhookId), isBug: true }
}

function fromGateway(error: GatewayError, webhookId: string | undefined): Refusal {
  const { statusCode, code, rule, message, retryAfterSeconds, headers, problems } = error
  const facts = { statusCode, code, rule, detail: message, retryAfterSeconds, headers, errors: problems }
  return refuse(facts, error.webhookId ?? webhookId)
}

/** The broker's own words stay in the log. */
function fromKafka(error: KafkaError, webhookId: string | undefined): Refusal {
  const details: Record<number, string> = {
    413: 'The event is larger than its topic takes.',
    503: 'The event could not be stored now. Send it again.',
  }
  const statusCode = error.statusCode === 413 ? 413 : error.retryable ? 503 : 500
  const refusal = refuse(
    {
      statusCode,
      code: error.code,
      rule: ruleOfCode(error.code, 'MR_'),
      detail: details[statusCode] ?? 'The event could not be stored.',
      retryAfterSeconds: statusCode === 503 ? KAFKA_RETRY_AFTER : undefined,
    },
    webhookId,
  )
  return { ...refusal, isBug: statusCode === 500 }
}

/** The document as it is sent; `type` is a URL below `baseUrl`, where that is known. */
export function problemText(problem: Problem, baseUrl: string | undefined): string {
  return JSON.stringify({ ...problem, type: problemUrl(problem.rule, baseUrl) })
}

interface Facts {
  readonly statusCode: number
  readonly code: string
  readonly rule: string
  readonly detail: string
  readonly retryAfterSeconds?: number | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly errors?: readonly FieldProblem[]
}

function refuse(facts: Facts, webhookId?: string): Refusal {
  const { statusCode, code, rule, detail, retryAfterSeconds, headers, errors = [] } = facts
  return {
    problem: {
      type: problemUrl(rule, undefined),
      title: problemTypes.get(rule)?.title ?? 'Refused',
      status: statusCode,
      detail,
      code,
      rule,
      ...(webhookId === undefined ? {} : { webhook_id: webhookId }),
      ...(errors.length === 0 ? {} : { errors }),
    },
    headers:
      retryAfterSeconds === undefined ? { ...headers } : { ...headers, 'retry-after': String(retryAfterSeconds) },
    isBug: false,
  }
}

function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' ? status : 500
}
