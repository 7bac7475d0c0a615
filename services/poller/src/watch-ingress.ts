import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { TLSSocket } from 'node:tls'
import { closeOrder, type ServiceContext } from '@millrace/service-kit'

/** What senders would meet at the gateway's public address. */
export interface IngressLook {
  /** Null when a gateway answers. */
  readonly problem: string | null
  /** Epoch milliseconds at which the certificate ends; null without TLS, or where the connection failed. */
  readonly certificateEndsAt: number | null
}

const LOOK_EVERY_MS = 30_000
const ANSWER_WITHIN_MS = 5_000
const MAX_ANSWER_BYTES = 65_536

/**
 * Looks at the gateway from outside, as senders reach it: name, certificate, load balancer and gateway at once. Each look is a connection of its own.
 * @param baseUrl `WEBHOOK_BASE_URL`
 */
export function watchIngress({ meter, log, onClose }: Parts, baseUrl: string): void {
  const stopping = new AbortController()
  let last: IngressLook | undefined
  const look = async () => {
    const found = await lookAtIngress(baseUrl, stopping.signal)
    if (stopping.signal.aborted) return
    if (found.problem !== (last?.problem ?? null)) tell(found.problem)
    last = found
  }
  const tell = (problem: string | null) => {
    if (problem === null) log.info({}, 'the gateway answers at its public address again')
    else log.warn({ problem }, 'the gateway does not answer at its public address')
  }
  const timer = setInterval(() => void look(), LOOK_EVERY_MS)
  void look()
  onClose(
    'look at the gateway',
    () => {
      clearInterval(timer)
      stopping.abort()
    },
    { order: closeOrder.intake },
  )
  meter
    .createObservableGauge('millrace.ingress.reachable', {
      description: '1 while a gateway answers at WEBHOOK_BASE_URL, looked at every 30 s from here.',
    })
    .addCallback((result) => {
      if (last !== undefined) result.observe(last.problem === null ? 1 : 0)
    })
  meter
    .createObservableGauge('millrace.ingress.certificate.not_after', {
      unit: 's',
      description: 'When the certificate at WEBHOOK_BASE_URL ends, Unix time.',
    })
    .addCallback((result) => {
      const endsAt = last?.certificateEndsAt
      if (endsAt != null) result.observe(endsAt / 1_000)
    })
}

type Parts = Pick<ServiceContext<unknown>, 'meter' | 'log' | 'onClose'>

/** Never rejects. */
export async function lookAtIngress(baseUrl: string, signal: AbortSignal): Promise<IngressLook> {
  const url = new URL(`${baseUrl.replace(/\/+$/, '')}/api/status`)
  let certificateEndsAt: number | null = null
  try {
    const answer = await get(url, AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]))
    certificateEndsAt = certificateEndOf(answer)
    const isOurs = answer.statusCode === 200 && isStatus(await textOf(answer))
    return { problem: isOurs ? null : `it answers ${answer.statusCode}, but not as a gateway`, certificateEndsAt }
  } catch (error) {
    const { code, name } = error as Error & { code?: string }
    return { problem: `it does not answer (${code ?? name})`, certificateEndsAt }
  }
}

/** Without keep-alive: a connection that is open already says nothing of name and certificate. */
function get(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    request(url, { agent: false, signal, headers: { connection: 'close' } }, resolve)
      .once('error', reject)
      .end()
  })
}

function certificateEndOf({ socket }: IncomingMessage): number | null {
  if (!(socket instanceof TLSSocket)) return null
  const endsAt = Date.parse(socket.getPeerCertificate().valid_to)
  return Number.isNaN(endsAt) ? null : endsAt
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) {
    text += chunk as string
    if (text.length > MAX_ANSWER_BYTES) break
  }
  return text
}

function isStatus(text: string): boolean {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null && 'ok' in body && 'version' in body
  } catch {
    return false
  }
}
