/** Stands in a definition where a value must be given. */
export const required: unique symbol = Symbol('required')
export type Required = typeof required

type SettingKind = 'string' | 'secret' | 'port' | 'integer' | 'boolean' | 'url' | 'list' | 'choice' | 'duration'

/** What a text became: a value, or the rule it broke, as words that follow "must be". */
export type Parsed<T> = { readonly value: T } | { readonly rule: string }

/** The other settings of the service, by environment variable, for rules that join several. */
export type ReadOther = (env: string) => unknown

/** One environment variable: name, type, default, unit and its one sentence of documentation. */
export interface Setting<T> {
  readonly env: string
  readonly kind: SettingKind
  readonly doc: string
  readonly unit?: string | undefined
  /** Undefined: none given and none needed. */
  readonly fallback: T | undefined | Required
  /** Never shown, logged or put into an error. */
  readonly isSecret: boolean
  /** What values are taken, in words: "a whole number from 1 to 65535". */
  readonly takes: string
  readonly parse: (text: string) => Parsed<T>
  /** The value as it may be shown to people. */
  show(value: T): string
  /** A rule that joins several settings; returns the broken rule as a sentence. */
  check?(value: T, other: ReadOther): string | undefined
}

/** A setting's value type, given the type of its default: a default of undefined makes it optional. */
export type Optional<T, D> = undefined extends D ? T | undefined : T

/** Options that every kind takes. */
export interface CommonOptions<T> {
  readonly unit?: string
  check?(value: T, other: ReadOther): string | undefined
}

export const MASK = '********'

/**
 * A URL or host list as it may be shown: user, password and query are masked, because brokers, Redis and databases carry passwords there.
 * Works on text that is no URL at all, since that is what an error message has to show.
 */
export function maskUrl(text: string): string {
  const withoutQuery = text.replace(/[?#].*$/s, `?${MASK}`)
  const at = withoutQuery.lastIndexOf('@')
  if (at < 0) return withoutQuery
  const scheme = /^[a-z][a-z0-9+.-]{0,20}:\/\//i.exec(withoutQuery)?.[0] ?? ''
  return `${scheme}${MASK}@${withoutQuery.slice(at + 1)}`
}
