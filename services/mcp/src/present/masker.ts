import { createHmac, randomBytes } from 'node:crypto'
import { findPersonal } from './find-personal.ts'
import { normalOf } from './normal-form.ts'

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

interface Known {
  /** As a person writes it. */
  readonly plain: string
  /** As it stands in ids of graph nodes, where it was met there. */
  readonly inId: string | undefined
}

/** `type:account:part…`, as ids of graph nodes are. */
const nodeId = /^[\w%.~-]+:[\w%.~-]*:\S+$/

/** A pseudonym depends on a value in its normal form and on the session's key, not on where the value stands. */
export function createMasker(key: Buffer = randomBytes(32)): Masker {
  const known = new Map<string, Known>()
  const tokenOf = (kind: string, value: string, isInId: boolean) => {
    const normal = normalOf(kind, value)
    const token = `${normal.kind}~${createHmac('sha256', key).update(normal.value).digest('hex').slice(0, 8)}`
    const before = known.get(token)
    if (before === undefined && known.size >= MAX_KNOWN) known.delete(known.keys().next().value ?? '')
    const plain = before?.plain ?? (isInId ? normal.value : value)
    known.set(token, { plain, inId: before?.inId ?? (isInId ? value : undefined) })
    return token
  }
  const whole: Masker['whole'] = (kind, value) => tokenOf(kind, value, false)
  return {
    isOn: true,
    whole,
    text(text, names = []) {
      const isInId = nodeId.test(text)
      let masked = ''
      let at = 0
      for (const { kind, start, end } of findPersonal(text)) {
        masked += text.slice(at, start) + tokenOf(kind, text.slice(start, end), isInId)
        at = end
      }
      return maskNames(masked + text.slice(at), names, whole)
    },
    reveal(text) {
      const isInId = nodeId.test(text)
      return text.replaceAll(pseudonym, (token) => {
        const meant = known.get(token)
        if (meant === undefined) return token
        return isInId ? (meant.inId ?? encodeURIComponent(meant.plain.trim().toLowerCase())) : meant.plain
      })
    },
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
