import type fastCheck from 'fast-check'
import { SECRET_MARK } from './sources-texts.ts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
type Entry = { readonly [name: string]: Json }

const MAX_SOURCES = 5

/** Names of schemes by provider; those of `pager` and `bell` are made here. */
const schemesOf: Readonly<Record<string, readonly string[]>> = {
  front: ['app', 'rule', 'plain'],
  make: [],
  clickup: [],
  hmac: [],
  'api-key': [],
  github: [],
  stripe: [],
  slack: [],
  'standard-webhooks': ['v1'],
  pager: ['signed'],
  bell: ['key'],
}

/** Sources files that keep every rule, in JSON and in indented YAML; every secret in them bears `SECRET_MARK`. */
export function goodSources(fc: typeof fastCheck): fastCheck.Arbitrary<string> {
  return fc.tuple(goodFile(fc), fc.boolean()).map(([file, isJson]) => (isJson ? JSON.stringify(file) : yamlOf(file)))
}

/** Such files with one value taken out, doubled, or replaced by one that may or may not do. */
export function nearlyGoodSources(fc: typeof fastCheck): fastCheck.Arbitrary<string> {
  const value = fc.oneof(
    fc.constantFrom<Json>(
      null,
      true,
      0,
      -1,
      1e21,
      '',
      'front',
      'a',
      [],
      {},
      '2026-02-30T00:00:00Z',
      `${SECRET_MARK}-x`,
    ),
    fc.string({ maxLength: 20 }),
  )
  const change = fc.record({ at: fc.nat(), how: fc.constantFrom('replace', 'remove', 'double', 'rename'), value })
  return fc.tuple(goodFile(fc), change, fc.boolean()).map(([file, { at, how, value }, isJson]) => {
    const places = placesIn(file)
    const changed = withChange(file, places[at % places.length] ?? [], how, value as Json)
    return isJson ? JSON.stringify(changed) : yamlOf(changed)
  })
}

function goodFile(fc: typeof fastCheck): fastCheck.Arbitrary<Entry> {
  const tenant = fc.constantFrom('default', 'north', 'south')
  const sources = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b1', 'c-c', 'd_d', 'e'), sourceEntry(fc, tenant)), {
    minLength: 1,
    maxLength: MAX_SOURCES,
    selector: ([name]) => name,
  })
  return fc
    .record({
      sources,
      hasTenants: fc.boolean(),
      account: fc.option(accountEntry(fc)),
      limit: fc.integer({ min: 1, max: 1e8 }),
    })
    .map(({ sources, hasTenants, account, limit }): Entry => {
      const entries = sources.map(([name, entry]): Entry => ({ name, ...entry }))
      const tenants = [...new Set(entries.map((entry) => String(entry.tenant ?? 'default')))]
      return {
        ...(hasTenants ? { tenants: tenants.map((name) => ({ name, rate_limit_per_minute: limit })) } : {}),
        // With accounts listed, each source's must be among them; its name is by default its tenant's.
        ...(account === null ? {} : { accounts: tenants.map((name): Entry => ({ name, tenant: name, ...account })) }),
        providers,
        sources: entries,
      }
    })
}

const providers: Entry = {
  pager: {
    schemes: [
      {
        name: 'signed',
        header: 'x-pager-signature',
        prefixes: ['v1='],
        algorithm: 'sha512',
        encodings: ['hex', 'base64'],
        template: '{timestamp}.{body}',
        timestamp: { header: 'x-pager-time', unit: 'auto', tolerance_ms: 60_000 },
      },
    ],
    handshakes: [
      {
        when: [
          { field: 'type', equals: 'ping' },
          { field: 'id', absent: true },
        ],
        challenge: 'token',
        answer: {},
      },
      {
        name: 'asked',
        method: 'GET',
        verified: false,
        when: [{ field: 'query:hub.challenge' }],
        challenge: 'query:hub.challenge',
        hmac: { algorithm: 'sha1', encoding: 'base64', prefix: 'sha1=' },
        answer: { status: 202, content_type: 'text/plain', body: '{challenge_hmac}', headers: { 'x-answer': 'yes' } },
      },
    ],
    event: { id: 'event.uid', type: 'header:x-pager-type' },
  },
  bell: { schemes: [{ name: 'key', kind: 'api-key', header: 'x-bell-key' }] },
}

function sourceEntry(fc: typeof fastCheck, tenant: fastCheck.Arbitrary<string>): fastCheck.Arbitrary<Entry> {
  const ofProvider = fc.constantFrom(...Object.entries(schemesOf)).chain(([provider, names]) =>
    fc.record({
      provider: fc.constant(provider),
      secrets: secretEntries(fc),
      ...(names.length === 0 ? {} : { schemes: fc.shuffledSubarray([...names], { minLength: 1 }) }),
    }),
  )
  const others = fc.record(
    {
      tenant,
      event_id_field: fc.constantFrom('header:idempotency-key', 'event.id', 'id'),
      allowed_addresses: fc.subarray(['192.0.2.0/24', '2001:db8::/32', '::1', '10.1.2.3'], { minLength: 1 }),
      max_body_bytes: fc.integer({ min: 1_024, max: 2_000_000 }),
      rate_limit_per_minute: fc.integer({ min: 1, max: 100_000_000 }),
      tolerance_ms: fc.integer({ min: 1_000, max: 86_400_000 }),
    },
    { requiredKeys: [] },
  )
  const synchronous = fc.constantFrom<Entry>({}, { synchronous: true }, { synchronous: true, contract: 'client-task' })
  return fc.tuple(ofProvider, others, synchronous).map((parts): Entry => Object.assign({}, ...parts))
}

/** Any that fits every scheme: Standard Webhooks wants base64 of at least 24 bytes. */
function secretEntries(fc: typeof fastCheck): fastCheck.Arbitrary<Json[]> {
  const letters = fc.string({ unit: fc.constantFrom(...'abcXYZ019+/'), minLength: 36, maxLength: 36 })
  const times = fc.record(
    {
      not_before: fc.constantFrom('2026-01-01T00:00Z', '2026-02-28T23:59:59.999+14:00'),
      not_after: fc.constantFrom('2028-02-29T00:00:00Z', '2030-12-31T12:00-05:00'),
    },
    { requiredKeys: [] },
  )
  return fc
    .array(fc.tuple(letters, times), { minLength: 1, maxLength: 4 })
    .map((list) => list.map(([text, time], place) => ({ id: `s${place}`, secret: secretOf(text), ...time })))
}

/** With the mark it has 42 letters, which base64 fills up to 44. */
function secretOf(letters: string): string {
  return `whsec_${SECRET_MARK}${letters.slice(0, 34)}`
}

function accountEntry(fc: typeof fastCheck): fastCheck.Arbitrary<Entry> {
  const oauth = { client_id: 'a', client_secret: `${SECRET_MARK}-oauth`, token_url: 'https://app.example/token' }
  return fc
    .tuple(
      fc.constantFrom<Entry>({}, { api_token: `${SECRET_MARK}-token` }, { oauth }),
      fc.record(
        { calls_per_minute: fc.integer({ min: 1, max: 100_000 }), base_url: fc.constant('http://127.0.0.1:1/') },
        { requiredKeys: [] },
      ),
    )
    .map(([credential, more]): Entry => ({ ...credential, ...more }))
}

type Place = readonly (string | number)[]

/** Where every value of it stands, itself left out. */
function placesIn(value: Json, at: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return []
  const entries = Array.isArray(value) ? value.map((item, place) => [place, item] as const) : Object.entries(value)
  return entries.flatMap(([key, item]) => [[...at, key], ...placesIn(item as Json, [...at, key])])
}

function withChange(value: Json, [key, ...rest]: Place, how: string, by: Json): Json {
  if (key === undefined || typeof value !== 'object' || value === null) return by
  if (Array.isArray(value)) {
    const items = value as readonly Json[]
    const place = Number(key)
    const item = items[place] as Json
    if (rest.length > 0) return items.with(place, withChange(item, rest, how, by))
    if (how === 'remove') return items.toSpliced(place, 1)
    return how === 'double' ? items.toSpliced(place, 0, item) : items.with(place, by)
  }
  const { [key]: item = null, ...others } = value as Entry
  if (rest.length > 0) return { ...(value as Entry), [key]: withChange(item, rest, how, by) }
  if (how === 'remove') return others
  if (how === 'rename') return { ...others, [`${key}_`]: item }
  return { ...(value as Entry), [key]: how === 'double' ? [item, item] : by }
}

/** Indented, texts in quotes where they need them. */
function yamlOf(value: Json, indent = ''): string {
  if (typeof value !== 'object' || value === null) return `${indent}${JSON.stringify(value)}\n`
  const entries = Object.entries(value)
  if (entries.length === 0) return `${indent}${Array.isArray(value) ? '[]' : '{}'}\n`
  return entries
    .map(([key, item]) => {
      const head = `${indent}${Array.isArray(value) ? '-' : `${/^\w+$/.test(key) ? key : JSON.stringify(key)}:`}`
      const isNested = typeof item === 'object' && item !== null && Object.keys(item).length > 0
      return isNested ? `${head}\n${yamlOf(item as Json, `${indent}  `)}` : `${head} ${yamlOf(item as Json)}`
    })
    .join('')
}
