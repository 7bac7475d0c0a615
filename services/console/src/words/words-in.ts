/** What a blind index has of a text: what kind of thing it is, a colon, and the thing as it is compared. */
export type Word = `${'word' | 'address' | 'domain' | 'phone' | 'exact'}:${string}`

/** What may stand before and after the sign of an address; longer ones are none (RFC 5321, 4.5.3.1). */
const LOCAL = /[\p{L}\p{N}._%+'-]+$/u
const DOMAIN = /^[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/u
const MAX_LOCAL = 64
const MAX_DOMAIN = 253
const WORD = /[\p{L}\p{N}]+/gu
const MAX_LETTERS = 64

/** Mail addresses anywhere in a text, and each with its domain. */
export function addressesIn(text: string): Word[] {
  const found: Word[] = []
  // From sign to sign: a text may have megabytes, and hardly any is an address.
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const local = LOCAL.exec(text.slice(Math.max(0, at - MAX_LOCAL), at))?.[0]
    const domain = local === undefined ? undefined : DOMAIN.exec(text.slice(at + 1, at + 1 + MAX_DOMAIN))?.[0]
    if (domain === undefined) continue
    found.push(`address:${local}@${domain}`.toLowerCase() as Word, `domain:${domain.toLowerCase()}`)
  }
  return found
}

/** Words of letters and digits, in lower case and composed form (NFKC). */
export function wordsIn(text: string): Word[] {
  const found = text.normalize('NFKC').toLowerCase().match(WORD) ?? []
  return found.map((word): Word => `word:${word.slice(0, MAX_LETTERS)}`)
}

/** Digits that two ways to write a number have in common: `+49 171 234567` and `0171 234567` end alike. */
const COMPARED_DIGITS = 9
const PHONE = /^\+?[\d\s()./-]+$/

/** A text that is a phone number and nothing else. */
export function phoneIn(text: string): Word[] {
  const digits = PHONE.test(text.trim()) ? text.replace(/\D/g, '') : ''
  return digits.length < 7 || digits.length > 15 ? [] : [`phone:${digits.slice(-COMPARED_DIGITS)}`]
}

/** What tells of a person: an address, a number, or a name word by word. */
export function personIn(text: string): Word[] {
  const contact = [...addressesIn(text), ...phoneIn(text)]
  return contact.length > 0 ? contact : wordsIn(text)
}

/** A thing that is found by itself alone: a tag, an id. */
export function exactly(text: string): Word {
  return `exact:${text}`
}

/**
 * Ways in which a searched text is found: all words of one of them have to be there. Empty where nothing of it is in an index.
 */
export function wordsWanted(text: string): readonly (readonly Word[])[] {
  const phone = phoneIn(text)
  const parts = text.trim().split(/\s+/).flatMap(partWanted)
  return [phone, [...new Set(parts)]].filter((words) => words.length > 0)
}

function partWanted(part: string): Word[] {
  const address = addressesIn(part).find((word) => word.startsWith('address:'))
  if (address !== undefined) return [address]
  const domain = /^@([\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+)$/u.exec(part.toLowerCase())?.[1]
  return domain === undefined ? wordsIn(part) : [`domain:${domain}`]
}

/** Names and words of one row at most. */
const MAX_WORDS = 128
/** Addresses, numbers and ids: what somebody is erased by. */
const MAX_EXACT = 2_000

/** Each once, what is exact first. */
export function withinBounds(words: Iterable<Word>): Word[] {
  const all = [...new Set(words)]
  const isName = (word: Word) => word.startsWith('word:')
  return [...all.filter((word) => !isName(word)).slice(0, MAX_EXACT), ...all.filter(isName).slice(0, MAX_WORDS)]
}
