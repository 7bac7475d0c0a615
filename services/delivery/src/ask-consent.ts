import { exchange, noProgress, type Progress } from './exchange.ts'
import type { Connection } from './keep-connections.ts'
import type { Headers } from './wait-hints.ts'

/** An endpoint that should have agreed and did not. */
export class NoConsent extends Error {
  override readonly name = 'NoConsent'
}

export interface Consents {
  /**
   * Asks whether deliveries are welcome, unless it was answered lately.
   * @returns requests a minute that the receiver allows; null when it names no rate
   * @throws NoConsent, and what the connection failed with
   */
  ask(owner: string, url: URL, connection: Connection, progress: Progress): Promise<number | null>
}

const ASK_AGAIN_MS = 24 * 3_600_000
const MAX_KNOWN = 10_000

interface Known {
  readonly until: number
  readonly rate: Promise<number | null>
}

/**
 * The handshake of CloudEvents HTTP 1.1 Web Hooks (https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md, 4): OPTIONS with our
 * origin, answered by 2xx with `WebHook-Allowed-Origin` of it or `*`. It is asked once a day by each process, and after a change of the URL.
 * @param origin a DNS name that stands for this installation
 */
export function createConsents(origin: string): Consents {
  const known = new Map<string, Known>()

  const askNow = async (url: URL, connection: Connection, progress: Progress): Promise<number | null> => {
    // The steps of connecting are this try's; what the question's answer is like is not the delivery's answer.
    const asking = noProgress()
    const headers = { 'webhook-request-origin': origin }
    await exchange(
      connection,
      { method: 'OPTIONS', path: `${url.pathname}${url.search}`, headers, body: null },
      asking,
      progress,
    )
    return readConsent(asking.statusCode ?? 0, asking.headers, origin)
  }

  return {
    ask(owner, url, connection, progress) {
      const key = `${owner} ${url.href}`
      const found = known.get(key)
      if (found !== undefined && found.until > performance.now()) return found.rate
      if (known.size >= MAX_KNOWN) known.delete(known.keys().next().value ?? '')
      const rate = askNow(url, connection, progress)
      const asked = { until: performance.now() + ASK_AGAIN_MS, rate }
      known.delete(key)
      known.set(key, asked)
      // Refused or failed: the next try asks again.
      rate.catch(() => {
        if (known.get(key) === asked) known.delete(key)
      })
      return rate
    },
  }
}

/** Requests a minute, null for no limit. @throws NoConsent */
export function readConsent(status: number, headers: Headers, origin: string): number | null {
  if (status < 200 || status >= 300) throw new NoConsent(`the question for consent was answered ${status}`)
  const allowed = text(headers['webhook-allowed-origin'])
  const isAllowed = allowed === '*' || allowed?.toLowerCase() === origin.toLowerCase()
  if (!isAllowed) throw new NoConsent('the answer to the question for consent does not allow our origin')
  const rate = text(headers['webhook-allowed-rate'])
  return rate !== undefined && /^[1-9]\d{0,8}$/.test(rate) ? Number(rate) : null
}

function text(value: string | string[] | undefined): string | undefined {
  return (Array.isArray(value) ? value[0] : value)?.trim()
}
