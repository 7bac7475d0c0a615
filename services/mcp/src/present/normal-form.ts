import { findPersonal } from './find-personal.ts'

export interface NormalForm {
  /** The kind of the value itself, whatever its field is called. */
  readonly kind: string
  readonly value: string
}

/** Fields of these kinds hold the same values: what people are called by. */
const nameKinds = new Set(['handle', 'name'])
const digitsOnly = /^\+?[\d ()./-]+$/

/** A value as it is compared: two ways of writing one address, number or name have one normal form. */
export function normalOf(fieldKind: string, value: string): NormalForm {
  const text = decoded(value.normalize('NFC').trim())
  const kind = kindOf(fieldKind, text)
  if (kind === 'phone' && /\d/.test(text)) return { kind, value: text.replace(/^\(?(\+|00)/, '').replaceAll(/\D/g, '') }
  if (kind === 'card' || kind === 'iban') return { kind, value: text.replaceAll(/[ -]/g, '').toLowerCase() }
  return { kind, value: text.toLowerCase() }
}

function kindOf(fieldKind: string, text: string): string {
  const [found] = findPersonal(text)
  if (found !== undefined && found.start === 0 && found.end === text.length) return found.kind
  const digits = text.replaceAll(/\D/g, '').length
  if (fieldKind !== 'date' && digits >= 7 && digits <= 15 && digitsOnly.test(text)) return 'phone'
  return nameKinds.has(fieldKind) ? 'name' : fieldKind
}

/** Ids have their parts percent-encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
