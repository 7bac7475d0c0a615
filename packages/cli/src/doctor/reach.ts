import type { CheckReport } from '@millrace/service-kit'
import { probePublicUrl } from '../gateway-status.ts'
import type { CliSettings } from '../settings.ts'
import { clockFinding, type Finding, failure, ok, skipped, warning } from './finding.ts'

const ANSWER_WITHIN_MS = 5_000
const SECOND = 1_000

/** The gateway as senders reach it. */
export async function checkGateway({ webhookBaseUrl }: CliSettings, signal: AbortSignal): Promise<Finding[]> {
  if (webhookBaseUrl === undefined)
    return [
      warning('gateway', 'WEBHOOK_BASE_URL is not set', 'set the address under which Front and Make reach the gateway'),
    ]
  const url = webhookBaseUrl.replace(/\/+$/, '')
  const before = Date.now()
  const { problem, time } = await probePublicUrl(url, signal)
  if (problem !== null)
    return [
      failure(
        'gateway',
        problem.startsWith(url) ? problem : `${url}: ${problem}`,
        'check the name, the load balancer’s certificate and its way to the gateway',
      ),
    ]
  const isSafe = url.startsWith('https:')
  const reached = isSafe
    ? ok('gateway', `${url} answers`)
    : warning('gateway', `${url} answers without TLS`, 'senders’ secrets and people’s mail need https')
  // The header has whole seconds.
  return time === null ? [reached] : [reached, clockFinding('clock of the gateway', time, before - SECOND, Date.now())]
}

/** `/readyz` of every service that CONSOLE_SERVICES names. */
export async function checkServices({ services }: CliSettings, signal: AbortSignal): Promise<Finding[]> {
  if (services.length === 0) return [skipped('services', 'CONSOLE_SERVICES names none')]
  return Promise.all(services.map((service) => checkService(service, signal)))
}

async function checkService(service: string, signal: AbortSignal): Promise<Finding> {
  const at = service.indexOf('=')
  const [name, url] = [service.slice(0, at), service.slice(at + 1)]
  const part = `service ${name}`
  try {
    const answer = await fetch(`${url}/readyz`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
    })
    const text = (await answer.text()).slice(0, 2_000)
    if (answer.ok) return ok(part, 'is ready')
    return failure(part, `is not ready: ${reasonsIn(text)}`, `look at its log; ${url}/readyz names each check`)
  } catch (cause) {
    signal.throwIfAborted()
    const { cause: inner, name: kind } = cause as Error & { cause?: { code?: string; message?: string } }
    return failure(
      part,
      `${url} does not answer (${inner?.code ?? inner?.message ?? kind})`,
      'start it, or take it out of CONSOLE_SERVICES',
    )
  }
}

/** Checks of the admin server that say why they fail. */
function reasonsIn(text: string): string {
  try {
    const { checks } = JSON.parse(text) as CheckReport
    const failing = Object.entries(checks).filter(([, { ok: isOk, optional }]) => !isOk && optional !== true)
    if (failing.length > 0) return failing.map(([check, { reason }]) => `${check}: ${reason ?? 'no'}`).join('; ')
  } catch {
    // No report of ours: shown as it is.
  }
  return text
}
