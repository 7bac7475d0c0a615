import { open, type SecretKeys, SigningError, seal } from '@millrace/signing'
import type { KyselyPlugin, PluginTransformResultArgs, UnknownRow } from 'kysely'

/**
 * How texts of people's own words rest in rows that are no projection: approvals, jobs and the audit. Sealed with the master key, which is at hand whatever else is
 * away: nobody may be kept from pausing something because a key cannot be fetched.
 */
export interface RestingTexts {
  /** What begins sealed texts now; undefined where they rest as they are. */
  readonly prefix: string | undefined
  /** Empty texts stay empty. */
  seal(text: string): string
  /** Of a JSON object, those of `CLEAR` stay readable: the database looks for them. */
  sealJson(json: string): string
  /** As it would be sealed now, whether it is sealed already or not; the same where it is, and where it does not open. */
  anew(text: string): string
  anewJson(json: string): string
}

export const plainTexts: RestingTexts = {
  prefix: undefined,
  seal: (text) => text,
  sealJson: (json) => json,
  anew: (text) => text,
  anewJson: (json) => json,
}

/** What sealed texts belong to: none opens as something else. */
const BELONGS_TO = 'a row of the console'
/** Numbers and hashes that rows are found by. */
const CLEAR = ['begun', 'params_sha256']

export function createRestingTexts(keys: SecretKeys): RestingTexts {
  const prefix = `${SEALED}${keys.currentId}.`
  const sealed = (text: string) => (text === '' ? '' : seal(text, keys, BELONGS_TO))
  const sealJson = (json: string) => {
    const facts = JSON.parse(json) as Record<string, unknown>
    const clear = CLEAR.filter((name) => name in facts).map((name) => [name, facts[name]])
    return JSON.stringify({ sealed: sealed(json), ...Object.fromEntries(clear) })
  }
  return {
    prefix,
    seal: sealed,
    sealJson,
    anew(text) {
      if (!text.startsWith(SEALED)) return sealed(text)
      const plain = text.startsWith(prefix) ? undefined : plainOf(text, keys)
      return plain === undefined ? text : sealed(plain)
    },
    anewJson(json) {
      if (!json.startsWith(SEALED_JSON)) return sealJson(json)
      const text = (JSON.parse(json) as { sealed: string }).sealed
      const plain = text.startsWith(prefix) ? undefined : plainOf(text, keys)
      return plain === undefined ? json : sealJson(plain)
    },
  }
}

function plainOf(text: string, keys: SecretKeys): string | undefined {
  try {
    return open(text, keys, BELONGS_TO).toString()
  } catch (error) {
    if (error instanceof SigningError) return undefined
    throw error
  }
}

/** A person has said that nobody has the key any more. */
const GIVEN_UP = JSON.stringify({ given_up: true })

/** Whether the details of an entry of the audit were given up with their master key. */
export function isGivenUp({ detail_json }: { readonly detail_json: string }): boolean {
  return detail_json === GIVEN_UP
}

const SEALED = 'mrs1.'
const SEALED_JSON = '{"sealed":"mrs1.'

/** Columns of texts, with what is shown of one that does not open. */
const texts = { reason: '', decision_reason: '', error: '', params_json: '{}', result_json: 'null' } as const

export interface OpenRestingParts {
  readonly keys: SecretKeys
  /** Told of a text that does not open: its key is not there, or it was altered. */
  readonly onUnreadable: (error: unknown) => void
}

/** Opens texts of rows on their way out. */
export function openResting({ keys, onUnreadable }: OpenRestingParts): KyselyPlugin {
  const opened = (text: string, instead: string) => {
    try {
      return open(text, keys, BELONGS_TO).toString()
    } catch (error) {
      onUnreadable(error)
      return instead
    }
  }
  const openedDetail = (text: string) => {
    const isLost = keys.lostIds.has(text.split('.')[1] ?? '')
    return isLost ? GIVEN_UP : opened(text, '{}')
  }
  const openedRow = (row: UnknownRow): UnknownRow => {
    const changes: UnknownRow = {}
    for (const [name, instead] of Object.entries(texts)) {
      const text = row[name]
      if (typeof text === 'string' && text.startsWith(SEALED)) changes[name] = opened(text, instead)
    }
    const { detail_json: detail } = row
    if (typeof detail === 'string' && detail.startsWith(SEALED_JSON))
      changes.detail_json = openedDetail((JSON.parse(detail) as { sealed: string }).sealed)
    return { ...row, ...changes }
  }
  return {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }: PluginTransformResultArgs) => {
      const [first = {}] = result.rows
      if (!Object.keys(texts).some((name) => name in first) && !('detail_json' in first)) return result
      return { ...result, rows: result.rows.map(openedRow) }
    },
  }
}
