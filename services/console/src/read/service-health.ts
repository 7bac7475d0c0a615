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
    detail: reason ?? null,
  }))
  const wrong = list.find(({ is_ok }) => !is_ok)
  const detail = ok || wrong === undefined ? null : `${wrong.name}: ${wrong.detail ?? 'not ready'}`
  return { name, state: ok ? 'up' : 'not-ready', detail, checks: list }
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
