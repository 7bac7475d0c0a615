export type PersonalKind = 'email' | 'phone' | 'card' | 'iban'

export interface Found {
  readonly kind: PersonalKind
  readonly start: number
  readonly end: number
}

interface Pattern {
  readonly kind: PersonalKind
  readonly form: RegExp
  accepts?(text: string): boolean
}

// Every repetition has a bound: what is searched was written by anybody.
const patterns: readonly Pattern[] = [
  { kind: 'email', form: /[\p{L}\p{N}._%+'-]{1,64}(?:@|%40)[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu },
  { kind: 'iban', form: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{1,4}){3,8}\b/g, accepts: isIban },
  { kind: 'card', form: /(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.])/g, accepts: isCard },
  {
    kind: 'phone',
    form: /(?<![\w.@%/-]|\d )(?:%2B|\+|00|\(|0)?\d(?:[ ()./-]{0,2}\d){6,14}(?![\w@-]|[ .]\d)/g,
    accepts: isPhone,
  },
]

/** Email addresses, phone and card numbers and IBANs in a text, in order, none within another. They are found by their form: what has none is not seen. */
export function findPersonal(text: string): readonly Found[] {
  const found: Found[] = []
  for (const { kind, form, accepts } of patterns) {
    for (const { 0: match, index: start } of text.matchAll(form)) {
      const end = start + match.length
      if (accepts?.(match) === false || found.some((other) => start < other.end && other.start < end)) continue
      found.push({ kind, start, end })
    }
  }
  return found.sort((a, b) => a.start - b.start)
}

/** Luhn's check digit (ISO/IEC 7812-1). */
function isCard(text: string): boolean {
  const digits = [...text.replaceAll(/\D/g, '')].reverse().map(Number)
  const sum = digits.reduce(
    (total, digit, place) => total + (place % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)),
    0,
  )
  return sum % 10 === 0
}

/** ISO 13616: moved and written in digits, it leaves 1 when divided by 97. */
function isIban(text: string): boolean {
  const plain = text.replaceAll(' ', '')
  if (plain.length < 15 || plain.length > 34) return false
  const moved = plain.slice(4) + plain.slice(0, 4)
  let rest = 0
  for (const char of moved) {
    const value = Number.parseInt(char, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}

const date = /^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|^\d{1,2}[-/.]\d{1,2}[-/.]\d{4}/

/** Written as people write one: with a plus, a leading zero or parts. A bare row of digits is rather an order or a customer number. */
function isPhone(text: string): boolean {
  const digits = text.replace('%2B', '+').replaceAll(/\D/g, '').length
  if (digits < 7 || digits > 15 || date.test(text)) return false
  return /^(%2B|\+|0|\()/.test(text) || (text.match(/[ ()/-]+/g) ?? []).length >= 2
}
