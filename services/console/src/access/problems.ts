import { STATUS_CODES } from 'node:http'
import type { FieldProblem } from '@millrace/domain'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { ConsoleError, type ConsoleErrorCode, consoleErrors } from '../errors.ts'
import { foreignRefusal } from './foreign-refusals.ts'

export const PROBLEM_TYPE = 'application/problem+json'

/** RFC 9457 problem details, with the code to look up and the id to ask for. */
export const problemSchema = z
  .object({
    type: z.string().describe('A page below the console’s address that explains the code.'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().describe('MR_CONSOLE_… (docs/errors.md)'),
    request_id: z.string(),
    stale_since: z.int().optional().describe('Of MR_CONSOLE_DATABASE: since when the database has not answered.'),
    errors: z
      .array(z.object({ pointer: z.string(), detail: z.string() }))
      .optional()
      .describe('Each field that is missing or wrong.'),
  })
  .meta({ id: 'Problem' })
type Problem = z.infer<typeof problemSchema>

/** What is known of an outage of the database, for the answer that tells of it. */
export interface ProblemParts {
  readonly log: { error(facts: object, text: string): void; warn(facts: object, text: string): void }
  /** Whether an error means that the database is away. */
  isDatabaseAway(error: unknown): boolean
  /** Epoch ms since when the database has not answered; undefined: it does. */
  databaseAwaySince(): number | undefined
}

/** Answers a request with what went wrong. Errors that are not made for callers become 500 without a word of theirs. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, parts: ProblemParts): void {
  const refusal = refusalOf(error, parts)
  if (refusal.code === 'MR_CONSOLE_INTERNAL')
    parts.log.error({ error, request_id: request.id, route: request.routeOptions.url }, 'a request failed')
  const since = refusal.code === 'MR_CONSOLE_DATABASE' ? parts.databaseAwaySince() : undefined
  const problem: Problem = {
    type: `/problems/${pageOf(refusal.code)}`,
    title: STATUS_CODES[refusal.statusCode] ?? 'Refused',
    status: refusal.statusCode,
    detail: refusal.message,
    code: refusal.code,
    request_id: request.id,
    ...(since === undefined ? {} : { stale_since: since }),
    ...(refusal.problems.length === 0 ? {} : { errors: [...refusal.problems] }),
  }
  const { retryAfterSeconds, allow } = refusal
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds))
  if (allow !== undefined) reply.header('allow', allow.join(', '))
  if (refusal.statusCode === 401) reply.header('www-authenticate', 'Bearer realm="millrace"')
  reply
    .code(problem.status)
    .type(PROBLEM_TYPE)
    // A route's own schemas say nothing of problems.
    .serializer((value: unknown) => JSON.stringify(value))
    .send(problem)
}

/** The last step of a problem's page: `MR_CONSOLE_NOT_FOUND` is `not-found`. */
export function pageOf(code: ConsoleErrorCode): string {
  return code.slice('MR_CONSOLE_'.length).toLowerCase().replaceAll('_', '-')
}

/** What a problem's page says; undefined when there is no such code. */
export function problemPage(page: string): string | undefined {
  const code = Object.keys(consoleErrors).find((code) => pageOf(code as ConsoleErrorCode) === page)
  return code === undefined ? undefined : `${code}\n\n${consoleErrors[code as ConsoleErrorCode].meaning}\n`
}

const DATABASE_RETRY_AFTER = 5

function refusalOf(error: unknown, parts: ProblemParts): ConsoleError {
  if (error instanceof ConsoleError) return error
  const foreign = foreignRefusal(error)
  if (foreign !== undefined) return foreign
  if (hasZodFastifySchemaValidationErrors(error)) {
    const problems = error.validation.map((issue) => fieldProblem(error.validationContext, issue))
    return new ConsoleError('MR_CONSOLE_INVALID', { problems })
  }
  if (parts.isDatabaseAway(error))
    return new ConsoleError('MR_CONSOLE_DATABASE', { retryAfterSeconds: DATABASE_RETRY_AFTER, cause: error })
  const status = statusOf(error)
  // Fastify's own refusals of what it could not read.
  if (status === 413)
    return new ConsoleError('MR_CONSOLE_INVALID', { detail: 'The body is larger than this route takes.' })
  if (status >= 400 && status < 500)
    return new ConsoleError('MR_CONSOLE_INVALID', { detail: 'The request cannot be read: its body must be JSON.' })
  return new ConsoleError('MR_CONSOLE_INTERNAL', { cause: error })
}

/** Fields of the body by JSON pointer, others by where they stand: `query/limit`. */
function fieldProblem(
  context: string | undefined,
  { instancePath, message }: { readonly instancePath: string; readonly message?: string | undefined },
): FieldProblem {
  const place =
    context === 'querystring' ? 'query' : context === 'params' ? 'path' : context === 'body' ? '' : (context ?? '')
  // Of the whole it says `/`, which as a JSON pointer is a field without a name.
  return { pointer: `${place}${instancePath === '/' ? '' : instancePath}`, detail: message ?? 'is not valid' }
}

function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' ? status : 500
}
