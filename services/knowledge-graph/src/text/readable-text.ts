import { textToRead } from '@millrace/domain'
import type { TextFormat } from './mention.ts'
import { stripMail } from './strip-mail.ts'

/** Characters of a text as it came that are read; HTML is several times its text. */
const MAX_SOURCE_LENGTH = 65_536
/** Characters of readable text that are read. */
const MAX_READABLE_LENGTH = 16_384

export interface Readable {
  readonly text: string
  /** False when the text is longer than what is read of one. */
  readonly isComplete: boolean
}

/**
 * What a person reads in a text: HTML as text; of a mail (`plain` and `html`) neither quoted replies nor signature. Of a text longer than
 * 65,536 characters, or 16,384 once readable, the rest is left out. Never throws.
 */
export function readableText(source: string, format: TextFormat): Readable {
  const head = source.slice(0, MAX_SOURCE_LENGTH)
  const plain = tidy(format === 'html' ? textToRead(head) : head)
  const start = plain.slice(0, MAX_READABLE_LENGTH)
  const text = format === 'markdown' ? start : stripMail(start)
  return { text: text.trim(), isComplete: head.length === source.length && start.length === plain.length }
}

/** One kind of line end and of space, nothing invisible, at most one empty line in a row. */
function tidy(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\r\n?|[\u2028\u2029\v\f]/g, '\n')
    .replaceAll(/[\t\u00a0\u2000-\u200a\u202f\u205f\u3000]/g, ' ')
    .replaceAll(/(?!\n)[\p{Cc}\p{Cf}\ufffc]/gu, '')
    .replaceAll(/ {2,}/g, ' ')
    .replaceAll(/ ?\n ?/g, '\n')
    .replaceAll(/\n{3,}/g, '\n\n')
}
