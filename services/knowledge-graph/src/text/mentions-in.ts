import { identifiersIn } from './identifiers-in.ts'
import type { Mention, MentionOptions } from './mention.ts'
import { readDates } from './read-dates.ts'
import { readLinks } from './read-links.ts'
import { readMoney } from './read-money.ts'
import { readOrganisations } from './read-organisations.ts'
import { readPhones } from './read-phones.ts'
import { readReferences } from './read-references.ts'
import { readableText } from './readable-text.ts'
import { blot, type Found, type Reader } from './reader.ts'

/** What one text may add to a graph. */
const MAX_MENTIONS = 200

export interface TextReading {
  /** The text that the offsets of the mentions point into. */
  readonly readable: string
  /** In the order of the text. */
  readonly mentions: readonly Mention[]
  /** False when the text is longer, or mentions more, than what is read of one. */
  readonly isComplete: boolean
}

/** What a mention was read from is not read again by a later reader; numbers that name things are hidden from those that count and date. */
const links: readonly Reader[] = [readLinks, readReferences]
const numbers: readonly Reader[] = [readMoney, readDates, readPhones, readOrganisations]

/**
 * What a text plainly mentions. What is not sure is left out. Deterministic: the same text and options always give the same result, on any
 * machine, at any time. Never throws.
 */
export function mentionsIn(source: string, options: MentionOptions): TextReading {
  const { text: readable, isComplete } = readableText(source, options.format)
  const { receivedAt, defaultRegion = null, timeZone = 'UTC' } = options
  const circumstances = { receivedAt, defaultRegion, timeZone }
  const read: Found[] = []
  const apply = (reader: Reader, text: string) => read.push(...reader(blot(text, read), circumstances))
  for (const reader of links) apply(reader, readable)
  const withoutNames = blot(readable, identifiersIn(blot(readable, read)))
  for (const reader of numbers) apply(reader, withoutNames)
  const mentions = read
    .toSorted((a, b) => a.start - b.start || a.end - b.end)
    .map((mention) => ({ ...mention, text: readable.slice(mention.start, mention.end) }))
  return {
    readable,
    mentions: mentions.slice(0, MAX_MENTIONS),
    isComplete: isComplete && mentions.length <= MAX_MENTIONS,
  }
}
