import EmailReplyParser from 'email-reply-parser'
import { TAKEN } from './reader.ts'

const parser = new EmailReplyParser()

// The library takes three and more dashes for a signature as well, but in bodies they divide sections; `-- ` is the signature's own sign
// (RFC 3676 §4.3).
const RULE_LINE = /^[ \t]*([-=_*+~#])\1{2,}[ \t]*$/gm
// Complimentary closes that the library does not know. What follows one is a name and an address, when it is short and the last thing.
const CLOSING =
  /^(?:yours (?:sincerely|faithfully|truly)|sincerely(?: yours)?|(?:all the |with )?best|with kind regards)[,.!]?$/i
const MAX_SIGNATURE_LINES = 10
// Some of the library's patterns take time by the square or cube of what they are given. No header or close is longer than this line or names
// more addresses, and no mail quotes more often in the ways that it looks for across lines.
const MAX_SHOWN_LINE = 200
const MAX_SHOWN_HEADERS = 20
const MANY_ADDRESSES = /<[^<]*<[^<]*</
const ACROSS_LINES = /^\s*(?:Op|W dniu|Dnia|[a-z]{3,4}\.)\s|^在|schreef|skrev|pisze|napisał|写道|schrieb/

/** What the writer of a mail wrote: no quoted replies, no signature. A forwarded mail stays, since the writer passes it on to be read. */
export function stripMail(text: string): string {
  const lines = markClosing(
    text
      .replaceAll(RULE_LINE, '')
      .replaceAll(/\n{3,}/g, '\n\n')
      .split('\n'),
  )
  let headers = 0
  const isShown = (line: string) =>
    line.length <= MAX_SHOWN_LINE &&
    !MANY_ADDRESSES.test(line) &&
    !(ACROSS_LINES.test(line) && ++headers > MAX_SHOWN_HEADERS)
  // What the library need not see stands in its line's place as a number.
  const shown = lines.map((line, n) =>
    isShown(line) ? line : `${line.startsWith('>') ? '>' : ''}${TAKEN}${n}${TAKEN}`,
  )
  const place = new RegExp(`>?${TAKEN}(\\d+)${TAKEN}`, 'g')
  return parser.parseReply(shown.join('\n')).replaceAll(place, (_, n: string) => lines[Number(n)] ?? '')
}

/** Puts the signature's sign before a closing that ends the mail, or ends it but for a quote. */
function markClosing(lines: readonly string[]): readonly string[] {
  const quoted = lines.findIndex((line) => line.startsWith('>'))
  const end = quoted === -1 ? lines.length : quoted
  const closing = lines.findIndex((line, n) => end - n <= MAX_SIGNATURE_LINES && n < end && CLOSING.test(line.trim()))
  return closing === -1 ? lines : lines.toSpliced(closing, 0, '--')
}
