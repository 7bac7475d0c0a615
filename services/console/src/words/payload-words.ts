import { addressesIn, personIn, type Word, withinBounds, wordsIn } from './words-in.ts'

const MAX_DEPTH = 64
/** Names of fields, without case and signs, whose texts name people. */
const PEOPLE =
  /^(?:(?:first|last|full|display|contact|client|customer|sender|recipient|company)?name|handle|e?mail|emailaddress|phone|phonenumber|mobile|tel|telephone|number|from|to|cc|bcc|username)$/
const SUBJECT = /^(?:subject|title)$/

/**
 * The chosen fields of a payload that an encrypted ledger finds it by: mail addresses wherever they are, names, numbers and addresses of people, words of
 * subjects. Of anything but JSON, addresses alone. The rest is not indexed: whoever has the database and no key could tell a text from how often its words come.
 */
export function payloadWords(payload: string): Word[] {
  const words: Word[] = []
  try {
    collect(words, JSON.parse(payload), '', 0)
  } catch {
    words.push(...addressesIn(payload))
  }
  return withinBounds(words)
}

function collect(words: Word[], value: unknown, field: string, depth: number): void {
  if (depth > MAX_DEPTH) return
  if (typeof value === 'string') {
    words.push(...wordsOf(value, field))
  } else if (Array.isArray(value)) {
    for (const each of value) collect(words, each, field, depth + 1)
  } else if (typeof value === 'object' && value !== null) {
    for (const name in value) collect(words, (value as Readonly<Record<string, unknown>>)[name], name, depth + 1)
  }
}

function wordsOf(text: string, field: string): Word[] {
  const name = normalised(field)
  if (PEOPLE.test(name)) return personIn(text)
  return SUBJECT.test(name) ? [...addressesIn(text), ...wordsIn(text)] : addressesIn(text)
}

const names = new Map<string, string>()
const MAX_NAMES = 2_000

/** Payloads of one kind have the same fields again and again. */
function normalised(field: string): string {
  const known = names.get(field)
  if (known !== undefined) return known
  const name = field.toLowerCase().replace(/[^a-z]/g, '')
  if (names.size < MAX_NAMES) names.set(field, name)
  return name
}
