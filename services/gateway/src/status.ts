import { createHash, timingSafeEqual } from 'node:crypto'
import type { FrontAccountState, Source } from '@millrace/service-kit'
import { GatewayError } from './errors.ts'
import { problemTypes } from './problem-types.ts'
import type { LastRefused, Tally } from './tally.ts'

export interface StatusOptions {
  readonly version: string
  readonly token: string | undefined
  readonly sources: () => readonly Source[]
  readonly tally: Tally
  /** Address under which senders reach the gateway, when it is known. */
  readonly baseUrl: string | undefined
  readonly isKafkaReachable: () => boolean
  /** The last reading of the sources file; null where sources come from elsewhere. */
  readonly sourcesFile?: (() => object | null) | undefined
  /** What Front refuses to the accounts' tokens; null when that cannot be known now. */
  readonly frontAccounts?: (() => Promise<readonly FrontAccountState[] | null>) | undefined
  /** Epoch milliseconds. */
  readonly now?: () => number
}

/**
 * What `GET /api/status` tells: to anybody that the gateway is up, to the bearer of the token its sources and what they did.
 * @throws GatewayError `MR_GATEWAY_STATUS_TOKEN` for a token that is not the one
 */
export async function statusFor(authorization: string | undefined, options: StatusOptions): Promise<object> {
  const { tally, now = Date.now } = options
  const open = { ok: true, version: options.version }
  if (authorization === undefined) return open
  checkToken(authorization, options.token)
  return {
    ...open,
    started_at: tally.startedAt,
    kafka: options.isKafkaReachable() ? 'reachable' : 'unreachable',
    sources: options.sources().map((source) => sourceStatus(source, options, now())),
    front_accounts: (await options.frontAccounts?.())?.map(withoutToken) ?? null,
    sources_file: options.sourcesFile?.() ?? null,
    elsewhere: tally.elsewhere(),
  }
}

/** The gateway has no tokens of Front: the console tells whether there are any. */
const withoutToken = ({ is_callable, ...state }: FrontAccountState) => state

/** @throws GatewayError `MR_GATEWAY_STATUS_TOKEN` unless `authorization` bears the token */
export function checkToken(authorization: string | undefined, token: string | undefined): void {
  if (isBearer(authorization ?? '', token)) return
  throw new GatewayError('MR_GATEWAY_STATUS_TOKEN', { headers: { 'www-authenticate': 'Bearer' } })
}

function sourceStatus(source: Source, { baseUrl = '', tally }: StatusOptions, now: number): object {
  const done = tally.of(source.name)
  return {
    name: source.name,
    tenant: source.tenant,
    account: source.account,
    provider: source.provider,
    url: `${baseUrl.replace(/\/+$/, '')}${source.path}`,
    schemes: source.schemes.map((scheme) => scheme.name),
    secret_ids: source.secrets.map((secret) => secret.id),
    is_synchronous: source.isSynchronous,
    is_enabled: source.isEnabled !== false,
    ...done,
    last_refused: explained(done.last_refused),
    silent_since: done.last_accepted_at,
    silent_for_seconds: Math.max(0, Math.round((now - (done.last_accepted_at ?? tally.startedAt)) / 1_000)),
  }
}

/** With what the rule's page says. */
function explained(last: LastRefused | null): object | null {
  const type = last === null ? undefined : problemTypes.get(last.rule)
  return type === undefined ? last : { ...last, meaning: type.meaning, advice: type.advice }
}

/** Digests have equal lengths, so the time taken tells nothing about the token. */
function isBearer(authorization: string, token: string | undefined): boolean {
  const given = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
  return given !== undefined && token !== undefined && timingSafeEqual(sha256(given), sha256(token))
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
