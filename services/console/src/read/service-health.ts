import { z } from 'zod'
import type { serviceHealth } from './schemas/overview.ts'

export type ServiceHealth = z.infer<typeof serviceHealth>

const TIMEOUT_MS = 1_500
const MAX_ANSWER_BYTES = 65_536

/** What `/readyz` of service-kit's admin server answers. */
const report = z.object({
  ok: z.boolean(),
  checks: z.record(
    z.string(),
    z.object({ ok: z.boolean(), reason: z.string().optional(), optional: z.boolean().optional() }),
  ),
})

/**
 * Asks each service's admin server how it is. What does not answer within 1.5 s is down.
 * @param services `name=URL`, as CONSOLE_SERVICES has them
 */
export async function readServiceHealth(services: readonly string[], signal?: AbortSignal): Promise<ServiceHealth[]> {
  return await Promise.all(
    services.map(async (entry) => {
      const [name = '', ...url] = entry.split('=')
      return await ask(name, url.join('='), signal)
    }),
  )
}

async function ask(name: string, url: string, signal: AbortSignal | undefined): Promise<ServiceHealth> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  try {
    const answer = await fetch(`${url.replace(/\/+$/, '')}/readyz`, {
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      redirect: 'error',
    })
    const text = await textOf(answer)
    return healthOf(name, report.parse(JSON.parse(text)))
  } catch (error) {
    return { name, state: 'down', detail: reasonOf(error), checks: [] }
  }
}

async function textOf(answer: Response): Promise<string> {
  const length = Number(answer.headers.get('content-length') ?? 0)
  if (length > MAX_ANSWER_BYTES) throw new Error('its answer is too long')
  return (await answer.text()).slice(0, MAX_ANSWER_BYTES)
}

function healthOf(name: string, { ok, checks }: z.infer<typeof report>): ServiceHealth {
  const list = Object.entries(checks).map(([check, { ok: isOk, reason }]) => ({
    name: check,
    is_ok: isOk,
    detail: isOk ? null : sentenceOf(check, reason),
  }))
  const wrong = list.find(({ is_ok }) => !is_ok)
  if (wrong === undefined) return { name, state: ok ? 'up' : 'not-ready', detail: null, checks: list }
  const sentence = ok ? lackOf(name, wrong.name, wrong.detail) : wrong.detail
  return { name, state: ok ? 'limited' : 'not-ready', detail: sentence, checks: list }
}

const dependencies: Readonly<Record<string, string>> = {
  kafka: 'Kafka',
  redis: 'Redis',
  database: 'the database',
  'schema registry': 'the schema registry',
}
/** Names of errors and codes of the system: what a library or Node says, which helps whoever reads the log. */
const libraryText = /KafkaJS|\w*Error\b|\bE[A-Z]{5,}\b|getaddrinfo|timed out/

/** What is wrong with a part, in words for people; what a library said about it is in the service's log. */
function sentenceOf(check: string, reason: string | undefined): string {
  const dependency = Object.hasOwn(dependencies, check) ? dependencies[check] : undefined
  if (dependency !== undefined) return `${dependency} does not answer`
  if (reason === undefined) return `${check}: not ready`
  return libraryText.test(reason) ? `${check}: not possible yet; its log says why` : `${check}: ${reason}`
}

/** What comes of a part's absence in a service that answers without it. */
function lackOf(service: string, check: string, sentence: string | null): string | null {
  return service === 'gateway' && check === 'kafka' ? `${sentence}: senders get 503 and repeat` : sentence
}

/** Without the address, which is the operator's own. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `it does not answer within ${TIMEOUT_MS} ms`
  if (error instanceof z.ZodError || error instanceof SyntaxError)
    return 'what answers there is no admin server of Millrace'
  const code = error instanceof Error ? (error.cause as { code?: unknown } | undefined)?.code : undefined
  return code === 'ECONNREFUSED'
    ? 'nothing listens there'
    : `it cannot be reached${code === undefined ? '' : ` (${code})`}`
}
