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
// Some of the library's patterns take time by the square or cube of what they are given, and four look across lines, which they then join to
// one. So it sees no line that is longer, or names more addresses, than a header does, and what those four look for only where it is one line.
const MAX_SHOWN_LINE = 200
const MANY_ADDRESSES = /<[^<]*<[^<]*</
const ACROSS_LINES = /^\s*(?:Op|W dniu|Dnia|[a-z]{3,4}\.)\s|^在|schreef|skrev|pisze|napisał|写道/
const HEADER_OF_THOSE =
  /^(?:Op .+ schreef|(?:W dniu|Dnia) .+ (?:pisze|napisał)|在.+写道|(?:[a-z]{3,4}\.|Den) .+ skrev)[^<]*(?:<[^<]*>)?\s*[:：]$/
const PLACE = new RegExp(`(?:>|On )?${TAKEN}(\\d+)${TAKEN}(?: - wrote:)?`, 'g')

/** What the writer of a mail wrote: no quoted replies, no signature. A forwarded mail stays, since the writer passes it on to be read. */
export function stripMail(text: string): string {
  const lines = markClosing(
    text
      .replaceAll(RULE_LINE, '')
      .replaceAll(/\n{3,}/g, '\n\n')
      .split('\n'),
  )
  const shown = lines.map(showLine).join('\n')
  return parser.parseReply(shown).replaceAll(PLACE, (_, n: string) => lines[Number(n)] ?? '')
}

/** The line as the library may see it; what it need not see stands there as a number, a quote as a quote and a header as a header. */
function showLine(line: string, n: number): string {
  const hidden = `${line.startsWith('>') ? '>' : ''}${TAKEN}${n}${TAKEN}`
  if (line.length > MAX_SHOWN_LINE || MANY_ADDRESSES.test(line)) return hidden
  if (!ACROSS_LINES.test(line)) return line
  return HEADER_OF_THOSE.test(line) ? `On ${TAKEN}${n}${TAKEN} - wrote:` : hidden
}

/** Puts the signature's sign before a closing that ends the mail, or ends it but for a quote. */
function markClosing(lines: readonly string[]): readonly string[] {
  const quoted = lines.findIndex((line) => line.startsWith('>'))
  const end = quoted === -1 ? lines.length : quoted
  const closing = lines.findIndex((line, n) => end - n <= MAX_SIGNATURE_LINES && n < end && CLOSING.test(line.trim()))
  return closing === -1 ? lines : lines.toSpliced(closing, 0, '--')
}
