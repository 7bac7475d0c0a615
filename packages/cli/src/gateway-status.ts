import { CliError } from './errors.ts'

/** What the gateway's status tells of one source (docs of the gateway: `/docs`). */
export interface SourceStatus {
  readonly name: string
  readonly provider: string
  readonly url: string
  readonly accepted: number
  readonly events: number
  /** By the scheme that proved them. */
  readonly events_by_scheme: Readonly<Record<string, number>>
  readonly handshakes: number
  readonly refused: Readonly<Record<string, number>>
  readonly last_refused: {
    readonly rule: string
    readonly likely_cause: string | null
    readonly meaning?: string
    readonly advice?: string
  } | null
}

export interface GatewayStatus {
  readonly version: string
  /** Epoch milliseconds; tells one gateway process from another. */
  readonly started_at: number
  readonly kafka: string
  readonly sources: readonly SourceStatus[]
}

const ANSWER_WITHIN_MS = 5_000

/**
 * Asks a gateway what its sources did.
 * @throws CliError `MR_CLI_GATEWAY_UNREACHABLE`, or `MR_CLI_STATUS_TOKEN` when it does not take the token
 */
export async function readGatewayStatus(url: string, token: string, signal: AbortSignal): Promise<GatewayStatus> {
  const answer = await get(`${url}/api/status`, signal, { authorization: `Bearer ${token}` })
  if (answer.status === 401)
    throw new CliError(
      'MR_CLI_STATUS_TOKEN',
      `the gateway at ${url} does not take this GATEWAY_STATUS_TOKEN: set the same one for both`,
    )
  if (!answer.ok) throw new CliError('MR_CLI_GATEWAY_UNREACHABLE', `${url}/api/status answers ${answer.status}`)
  return (await answer.json()) as GatewayStatus
}

export interface PublicUrlProbe {
  /** What happens instead of a gateway's answer; null when one answered. */
  readonly problem: string | null
  /** Its time by its `Date` header, epoch milliseconds, whole seconds; null when it told none. */
  readonly time: number | null
}

/** Whether a gateway answers at its public address. */
export async function probePublicUrl(baseUrl: string, signal: AbortSignal): Promise<PublicUrlProbe> {
  try {
    const answer = await get(`${baseUrl}/api/status`, signal)
    const body: unknown = answer.ok ? await answer.json() : null
    const isOurs = typeof body === 'object' && body !== null && 'ok' in body && 'version' in body
    const time = Date.parse(answer.headers.get('date') ?? '')
    return {
      problem: isOurs ? null : `it answers ${answer.status}, but not as a gateway`,
      time: Number.isNaN(time) ? null : time,
    }
  } catch (error) {
    if (signal.aborted) throw error
    return { problem: error instanceof CliError ? error.message : 'it answers something that is no JSON', time: null }
  }
}

async function get(url: string, signal: AbortSignal, headers: Record<string, string> = {}): Promise<Response> {
  try {
    return await fetch(url, {
      headers,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
    })
  } catch (cause) {
    signal.throwIfAborted()
    const { cause: inner, name } = cause as Error & { cause?: { code?: string; message?: string } }
    const why = inner?.code ?? inner?.message ?? name
    throw new CliError('MR_CLI_GATEWAY_UNREACHABLE', `${url} does not answer (${why})`, { cause })
  }
}
