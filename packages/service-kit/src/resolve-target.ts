import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { checkTargetUrl, forbiddenRange, listOf, type TargetPolicy, type TargetRule } from '@millrace/domain'
import type { targetSettings } from './common-settings.ts'
import type { SettingValues } from './settings.ts'

export interface TargetResolverOptions extends Pick<TargetPolicy, 'allowPrivate'> {
  /** Name servers (address or address:port); empty for the system's. */
  readonly servers: readonly string[]
  /** Further ranges that must not be reached, in CIDR form: an installation's own addresses and networks. */
  readonly ownRanges: readonly string[]
  /** Milliseconds for all addresses of a name. */
  readonly timeoutMs: number
}

/** A name's addresses, all of them vetted, or the rule that it breaks. */
export type Resolved =
  | { readonly ok: true; readonly addresses: readonly LookupAddress[] }
  | { readonly ok: false; readonly rule: TargetRule; readonly detail: string }

export interface TargetResolver {
  /** All of a name's addresses, judged: a connection goes to one of these, so that what is judged is what is connected to. Never rejects. */
  resolve(host: string): Promise<Resolved>
  /** Judges an address that needs no resolving. */
  vet(address: string): Resolved
  /** Whether name servers have answered anything lately: else what cannot be resolved is no fault of its own. */
  doServersAnswer(): boolean
}

/** Why a connection was not made: its `rule` says whether the target or our own name servers are at fault. */
export class TargetRefused extends Error {
  override readonly name = 'TargetRefused'
  readonly rule: TargetRule

  constructor(rule: TargetRule, detail: string) {
    super(detail)
    this.rule = rule
  }
}

/** One name may be resolved this often: a burst of connections asks once. Short, because a name may move. */
const FRESH_MS = 2_000
const MAX_NAMES = 4_096
const TRIES = 2
/** A name that times out is to blame for it itself while others have been answered this recently. */
const SERVERS_ANSWER_MS = 10_000
/** The server's word that there is nothing: nothing else need be wrong. */
const NO_ADDRESS = new Set(['ENODATA', 'ENOTFOUND'])
const SERVER_AWAY = new Set(['ECONNREFUSED', 'ETIMEOUT', 'EREFUSED', 'ENOTINITIALIZED'])

/**
 * Resolves names of endpoints with name servers asked directly (no hosts file, no search domains), IPv4 and IPv6 together, and judges every
 * address: one forbidden address among several refuses the name, since an attacker chooses which one comes first.
 */
export function createTargetResolver(options: TargetResolverOptions): TargetResolver {
  const ask = options.allowPrivate ? askSystem : createAsk(options)
  const own = listOf(options.ownRanges)
  let answeredAt = Number.NEGATIVE_INFINITY
  const known = new Map<string, { readonly until: number; readonly answer: Promise<Resolved> }>()

  const vet = (host: string, addresses: readonly LookupAddress[]): Resolved => {
    if (options.allowPrivate) return { ok: true, addresses }
    for (const { address, family } of addresses) {
      const range = own.check(address, family === 6 ? 'ipv6' : 'ipv4') ? 'our-own' : forbiddenRange(address)
      if (range !== undefined)
        return { ok: false, rule: 'address-forbidden', detail: `${host} leads to ${address}, which is ${range}` }
    }
    return { ok: true, addresses }
  }

  const resolve = (host: string): Promise<Resolved> => {
    const now = Date.now()
    const found = known.get(host)
    if (found !== undefined && found.until > now) return found.answer
    const answer = ask(host).then((asked) => {
      const resolved = Array.isArray(asked) ? vet(host, asked) : (asked as Resolved)
      if (resolved.ok || resolved.rule !== 'resolver-failed') answeredAt = performance.now()
      return resolved
    })
    if (known.size >= MAX_NAMES) known.delete(known.keys().next().value ?? '')
    known.delete(host)
    known.set(host, { until: now + FRESH_MS, answer })
    return answer
  }

  return {
    resolve,
    vet: (address) => vet(address, [{ address, family: isIP(address) }]),
    doServersAnswer: () => performance.now() - answeredAt < SERVERS_ANSWER_MS,
  }
}

/** What an installation's settings let endpoints be. */
export interface Targets {
  readonly policy: TargetPolicy
  readonly resolver: TargetResolver
  /** Judges a URL with all addresses of its name, as a connection to it would be. Sends nothing to it; never rejects. */
  check(text: string): Promise<{ readonly ok: true; readonly url: URL } | Extract<Resolved, { ok: false }>>
}

export function targetsOf(settings: SettingValues<typeof targetSettings>): Targets {
  const { allowHttp, allowPrivate, ownRanges, dnsServers: servers, dnsTimeoutMs: timeoutMs } = settings
  const policy = { allowHttp, allowPrivate, ports: settings.targetPorts.map(Number) }
  const resolver = createTargetResolver({ allowPrivate, ownRanges, servers, timeoutMs })
  const check: Targets['check'] = async (text) => {
    const verdict = checkTargetUrl(text, policy)
    if (!verdict.ok) return verdict
    const resolved = verdict.isAddress ? resolver.vet(verdict.host) : await resolver.resolve(verdict.host)
    return resolved.ok ? { ok: true, url: verdict.url } : resolved
  }
  return { policy, resolver, check }
}

type Asked = readonly LookupAddress[] | Extract<Resolved, { ok: false }>

function createAsk({ servers, timeoutMs }: TargetResolverOptions): (host: string) => Promise<Asked> {
  const resolver = new Resolver({ timeout: Math.floor(timeoutMs / TRIES), tries: TRIES })
  if (servers.length > 0) resolver.setServers(servers)
  let answeredAt = Number.NEGATIVE_INFINITY
  return async (host) => {
    const name = host.replace(/\.$/, '')
    const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
    const codes = [four, six].flatMap((one) => (one.status === 'rejected' ? [codeOf(one.reason)] : []))
    if (codes.some((code) => !SERVER_AWAY.has(code)) || codes.length < 2) answeredAt = performance.now()
    // Half an answer cannot be vetted: what is missing may be the forbidden half.
    const unclear = codes.find((code) => !NO_ADDRESS.has(code))
    if (unclear !== undefined) return failed(host, unclear, performance.now() - answeredAt < SERVERS_ANSWER_MS)
    const addresses = [...addressesOf(four, 4), ...addressesOf(six, 6)]
    if (addresses.length > 0) return addresses
    const what = codes.includes('ENOTFOUND') ? 'does not exist' : 'has no address'
    return { ok: false, rule: 'name-unresolved', detail: `${host} ${what}` }
  }
}

function failed(host: string, code: string, doServersAnswer: boolean): Asked {
  if (SERVER_AWAY.has(code) && !doServersAnswer)
    return { ok: false, rule: 'resolver-failed', detail: `no name server answered (${code})` }
  return { ok: false, rule: 'name-unresolved', detail: `${host} cannot be resolved (${code})` }
}

function addressesOf(result: PromiseSettledResult<string[]>, family: 4 | 6): LookupAddress[] {
  return result.status === 'fulfilled' ? result.value.map((address) => ({ address, family })) : []
}

/** As any program of this machine would: a network without customers may use its hosts file. */
function askSystem(host: string): Promise<Asked> {
  return new Promise((resolve) => {
    systemLookup(host, { all: true }, (error, addresses) => {
      if (error === null) return resolve(addresses)
      const isServerAway = error.code === 'EAI_AGAIN'
      const rule = isServerAway ? 'resolver-failed' : 'name-unresolved'
      resolve({ ok: false, rule, detail: `${host} cannot be resolved (${error.code})` })
    })
  })
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code ?? 'EUNKNOWN')
}
