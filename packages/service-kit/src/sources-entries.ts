import { OWN_PROVIDER } from '@millrace/domain'
import {
  checkSecret,
  type Provider,
  type ProviderEntry,
  providerNamed,
  providers,
  readProvider,
  type Scheme,
  type Secret,
  withTolerance,
} from '@millrace/signing'
import { countryRule, isCountry, isTimeZone, timeZoneRule } from './places.ts'
import type { Account, Contract, OAuthClient, Source, Sources, Tenant } from './sources.ts'
import { CLIENT_TASK_PATH, sourceDefaults } from './sources.ts'
import type { Path } from './yaml-file.ts'

/** The sources file as its schema admits it, defaults filled in. */
export interface SourcesFile {
  readonly tenants?: readonly TenantEntry[]
  readonly accounts?: readonly AccountEntry[]
  readonly providers?: Readonly<Record<string, ProviderEntry>>
  readonly sources: readonly SourceEntry[]
}

interface TenantEntry {
  readonly name: string
  readonly rate_limit_per_minute?: number
  readonly retention_days?: number
}

interface AccountEntry {
  readonly name: string
  readonly tenant: string
  readonly provider: string
  readonly api_token?: string
  readonly oauth?: OAuthEntry
  readonly base_url: string
  readonly calls_per_minute: number
  readonly country?: string
  readonly time_zone?: string
}

interface OAuthEntry {
  readonly client_id: string
  readonly client_secret: string
  readonly token_url: string
  readonly refresh_token?: string
}

interface SourceEntry {
  readonly name: string
  readonly tenant: string
  readonly account?: string
  readonly provider: string
  readonly path?: string
  readonly schemes?: readonly string[]
  /** Absent: `secrets_elsewhere` stands there. */
  readonly secrets?: readonly SecretEntry[]
  readonly event_id_field?: string
  readonly synchronous: boolean
  readonly contract?: Contract
  readonly allowed_addresses?: readonly string[]
  readonly max_body_bytes: number
  readonly rate_limit_per_minute: number
  readonly tolerance_ms?: number
  readonly enabled: boolean
}

interface SecretEntry {
  readonly id?: string
  readonly secret: string
  readonly schemes?: readonly string[]
  readonly not_before?: string
  readonly not_after?: string
}

/** Takes a problem of a field. The rule quotes no value: what stands in the wrong field may be a secret. */
export type Report = (at: Path, rule: string) => void

/** Makes sources of the file's entries and reports what its schema cannot say. */
export function toSources(file: SourcesFile, report: Report): Sources {
  const known = readProviders(file.providers ?? {}, report)
  const accounts = (file.accounts ?? []).map((entry, index) => toAccount(entry, ['accounts', index], report))
  const sources = file.sources.map((entry, index) => toSource(entry, known, ['sources', index], report))
  reportTwins(file.tenants ?? [], ({ name }) => name, ['tenants'], 'name', report)
  reportTwins(accounts, ({ tenant, name }) => `${tenant}/${name}`, ['accounts'], 'name', report)
  reportTwins(sources, ({ name }) => name, ['sources'], 'name', report)
  reportTwins(sources, ({ path }) => path, ['sources'], 'path', report)
  file.sources.forEach((entry, index) => {
    checkAccount(entry, accounts, ['sources', index, 'account'], report)
  })
  return { sources, accounts, tenants: toTenants(file.tenants ?? [], [...sources, ...accounts]) }
}

/** An account is where an API is called: a source that names none, or its tenant, needs no entry. */
function checkAccount({ tenant, account }: SourceEntry, known: readonly Account[], at: Path, report: Report): void {
  if (account === undefined || account === tenant) return
  const names = known.filter((each) => each.tenant === tenant).map(({ name }) => name)
  if (names.includes(account)) return
  const list = names.length === 0 ? 'which has none under accounts' : `which are ${listed(names)}`
  report(at, `is no account of the source’s tenant, ${list}; leave it out where no API is called`)
}

/** Names that a message lists at most. */
const MAX_LISTED = 10

function listed(names: readonly string[]): string {
  const more = names.length - MAX_LISTED
  return names.slice(0, MAX_LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

function readProviders(
  entries: Readonly<Record<string, ProviderEntry>>,
  report: Report,
): ReadonlyMap<string, Provider | 'broken'> {
  return new Map(
    Object.entries(entries).map(([name, entry]) => {
      if (Object.hasOwn(providers, name))
        report(['providers', name], 'is the name of a provider that is built in; choose another')
      if (name === OWN_PROVIDER) report(['providers', name], 'is what events of handlers have; choose another')
      const { provider, problems } = readProvider(entry)
      for (const { path, rule } of problems) report(['providers', name, ...path], rule)
      return [name, problems.length > 0 ? 'broken' : provider]
    }),
  )
}

/** Those that are listed, and those that are only named by what belongs to them. */
function toTenants(listed: readonly TenantEntry[], owned: readonly { readonly tenant: string }[]): Tenant[] {
  const names = new Set([...listed.map(({ name }) => name), ...owned.map(({ tenant }) => tenant)])
  return [...names].map((name) => {
    const { rate_limit_per_minute: limit, retention_days: days } = listed.find((entry) => entry.name === name) ?? {}
    return {
      name,
      ...(limit === undefined ? {} : { rateLimitPerMinute: limit }),
      ...(days === undefined ? {} : { retentionDays: days }),
    }
  })
}

function toAccount(entry: AccountEntry, at: Path, report: Report): Account {
  const { oauth, country, time_zone } = entry
  if (country !== undefined && !isCountry(country)) report([...at, 'country'], countryRule.inWords)
  if (time_zone !== undefined && !isTimeZone(time_zone)) report([...at, 'time_zone'], timeZoneRule.inWords)
  return {
    tenant: entry.tenant,
    name: entry.name,
    provider: entry.provider,
    ...(entry.api_token === undefined ? {} : { apiToken: entry.api_token }),
    ...(oauth === undefined ? {} : { oauth: toOAuthClient(oauth) }),
    baseUrl: entry.base_url.replace(/\/+$/, ''),
    callsPerMinute: entry.calls_per_minute,
    ...(country === undefined ? {} : { country }),
    ...(time_zone === undefined ? {} : { timeZone: time_zone }),
  }
}

function toOAuthClient({ client_id, client_secret, token_url, refresh_token }: OAuthEntry): OAuthClient {
  const client = { clientId: client_id, clientSecret: client_secret, tokenUrl: token_url }
  return refresh_token === undefined ? client : { ...client, refreshToken: refresh_token }
}

function toSource(
  entry: SourceEntry,
  known: ReadonlyMap<string, Provider | 'broken'>,
  at: Path,
  report: Report,
): Source {
  const provider = findProvider(entry.provider, known, [...at, 'provider'], report)
  const schemes = readSchemes(entry, provider, at, report)
  const secrets = (entry.secrets ?? []).map((secret, index) =>
    toSecret(secret, index, [...at, 'secrets', index], report),
  )
  reportTwins(secrets, ({ id }) => id, [...at, 'secrets'], 'id', report)
  checkSecrets(schemes, secrets, [...at, 'secrets'], report)
  const path = entry.path ?? `/api/webhooks/${entry.name}`
  return {
    name: entry.name,
    tenant: entry.tenant,
    account: entry.account ?? entry.tenant,
    provider: entry.provider,
    path,
    schemes,
    secrets,
    eventIdField: entry.event_id_field ?? provider?.event.id,
    eventTypeField: provider?.event.type,
    handshakes: provider?.handshakes ?? [],
    isSynchronous: entry.synchronous,
    contract: contractOf(entry, path, at, report),
    allowedAddresses: entry.allowed_addresses,
    maxBodyBytes: entry.max_body_bytes,
    rateLimitPerMinute: entry.rate_limit_per_minute,
    toleranceMs: entry.tolerance_ms ?? sourceDefaults.toleranceMs,
    ...(entry.enabled ? {} : { isEnabled: false }),
  }
}

/** Whoever does not wait for the answer would not learn what a body lacks. */
function contractOf(entry: SourceEntry, path: string, at: Path, report: Report): Contract | undefined {
  if (entry.synchronous) return entry.contract ?? (path === CLIENT_TASK_PATH ? 'client-task' : undefined)
  if (entry.contract !== undefined) report([...at, 'contract'], 'is for a source with synchronous: true')
  return undefined
}

/** Undefined once a problem was reported: of the source, or of the provider itself. */
function findProvider(
  name: string,
  known: ReadonlyMap<string, Provider | 'broken'>,
  at: Path,
  report: Report,
): Provider | undefined {
  const own = known.get(name)
  if (own !== undefined) return own === 'broken' ? undefined : own
  if (Object.hasOwn(providers, name)) return providerNamed(name)
  report(at, `must be one of ${Object.keys(providers).join(', ')}, or one that stands under providers`)
  return undefined
}

function readSchemes(
  entry: SourceEntry,
  provider: Provider | undefined,
  at: Path,
  report: Report,
): readonly Scheme[] | [] {
  if (provider === undefined) return []
  const known = provider.schemes.map((scheme) =>
    entry.tolerance_ms === undefined ? scheme : withTolerance(scheme, entry.tolerance_ms),
  )
  return (entry.schemes ?? known.map(({ name }) => name)).flatMap((name, index) => {
    const scheme = known.find((candidate) => candidate.name === name)
    if (scheme === undefined) {
      report([...at, 'schemes', index], `must be one of the provider's: ${known.map((one) => one.name).join(', ')}`)
    }
    return scheme ?? []
  })
}

function toSecret(entry: SecretEntry, index: number, at: Path, report: Report): Secret {
  const notBefore = toTime(entry.not_before, [...at, 'not_before'], report)
  const notAfter = toTime(entry.not_after, [...at, 'not_after'], report)
  if (notBefore !== undefined && notAfter !== undefined && notBefore >= notAfter) {
    report([...at, 'not_after'], 'must be later than not_before')
  }
  return {
    id: entry.id ?? `secret-${index + 1}`,
    secret: entry.secret,
    ...(entry.schemes === undefined ? {} : { schemes: entry.schemes }),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(notAfter === undefined ? {} : { notAfter }),
  }
}

/** Epoch milliseconds. */
function toTime(text: string | undefined, at: Path, report: Report): number | undefined {
  if (text === undefined) return undefined
  const time = Date.parse(text)
  // `Date` takes the 30th of February for the 2nd of March.
  const [year, month, day] = text.slice(0, 10).split('-').map(Number)
  const last = new Date(Date.UTC(year ?? 0, month ?? 0, 0)).getUTCDate()
  if (!Number.isNaN(time) && (day ?? 0) <= last) return time
  report(at, 'is no time of the calendar')
  return undefined
}

/** A secret must fit each scheme it names, or at least one of the source's when it names none. */
function checkSecrets(schemes: readonly Scheme[], secrets: readonly Secret[], at: Path, report: Report): void {
  secrets.forEach((secret, index) => {
    // Without schemes another problem was told already.
    if (schemes.length === 0) return
    const named = secret.schemes?.map((name) => schemes.find((scheme) => scheme.name === name))
    named?.forEach((scheme, place) => {
      if (scheme === undefined) report([...at, index, 'schemes', place], 'is no scheme of the source')
    })
    const tried = (named ?? schemes).filter((scheme) => scheme !== undefined)
    const problems = tried.flatMap((scheme) => secretProblem(scheme, secret))
    const isBad = named === undefined ? problems.length === tried.length : problems.length > 0
    if (isBad && problems[0] !== undefined) report([...at, index, 'secret'], problems[0])
  })
}

function secretProblem(scheme: Scheme, secret: Secret): string[] {
  try {
    checkSecret(scheme, secret)
    return []
  } catch {
    const form = scheme.kind === 'hmac' ? ` (${scheme.secretForm})` : ''
    return [`is empty, or has not the form that scheme ${scheme.name}${form} asks for`]
  }
}

function reportTwins<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  at: Path,
  field: string,
  report: Report,
): void {
  const seen = new Set<string>()
  items.forEach((item, index) => {
    const key = keyOf(item)
    if (seen.has(key)) report([...at, index, field], 'is taken by another entry')
    seen.add(key)
  })
}
