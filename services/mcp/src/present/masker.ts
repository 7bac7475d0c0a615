import { createHmac, randomBytes } from 'node:crypto'
import { findPersonal } from './find-personal.ts'

/** Puts pseudonyms for personal data: the same one for the same value throughout a session, so that a model can tell people apart and ask on. */
export interface Masker {
  readonly isOn: boolean
  /** The pseudonym of a value as a whole, such as `name~1f3a9c02`. */
  whole(kind: string, value: string): string
  /** A text without the email addresses, numbers and the given names in it. */
  text(text: string, names?: readonly string[]): string
  /** What a caller means who was given pseudonyms. */
  reveal(text: string): string
}

/** Pseudonyms of one session whose meaning is remembered; older ones can no longer be asked by. */
const MAX_KNOWN = 20_000
const pseudonym = /\b[a-z]{2,20}~[0-9a-f]{8}\b/g
/** Shorter words of a name are too often words. */
const MIN_NAME = 3

export function createMasker(key: Buffer = randomBytes(32)): Masker {
  const known = new Map<string, string>()
  const whole = (kind: string, value: string) => {
    const canonical = value.trim().toLowerCase()
    const token = `${kind}~${createHmac('sha256', key).update(`${kind}\0${canonical}`).digest('hex').slice(0, 8)}`
    if (known.size >= MAX_KNOWN && !known.has(token)) known.delete(known.keys().next().value ?? '')
    known.set(token, value)
    return token
  }
  return {
    isOn: true,
    whole,
    text(text, names = []) {
      let masked = ''
      let at = 0
      for (const { kind, start, end } of findPersonal(text)) {
        masked += text.slice(at, start) + whole(kind, text.slice(start, end))
        at = end
      }
      return maskNames(masked + text.slice(at), names, whole)
    },
    reveal: (text) => text.replaceAll(pseudonym, (token) => known.get(token) ?? token),
  }
}

/** The same interface for who may see everything. */
export const noMask: Masker = { isOn: false, whole: (_, value) => value, text: (text) => text, reveal: (text) => text }

/** Whole names first, then their parts, where they are written with a capital. */
function maskNames(text: string, names: readonly string[], whole: Masker['whole']): string {
  let masked = text
  for (const name of names) masked = masked.replaceAll(name, () => whole('name', name))
  const parts = new Map(
    names.flatMap((name) =>
      name
        .split(/[\s,]+/)
        .filter((part) => part.length >= MIN_NAME && /^\p{Lu}/u.test(part))
        .map((part) => [part, name] as const),
    ),
  )
  if (parts.size === 0) return masked
  return masked.replaceAll(/(?<![\p{L}~])\p{Lu}[\p{L}'’-]{2,60}/gu, (word) => {
    const name = parts.get(word)
    return name === undefined ? word : whole('name', name)
  })
}
