import EmailReplyParser from 'email-reply-parser'

const parser = new EmailReplyParser()

// The library takes three and more dashes for a signature as well, but in bodies they divide sections; `-- ` is the signature's own sign
// (RFC 3676 §4.3).
const RULE_LINE = /^[ \t]*([-=_*+~#])\1{2,}[ \t]*$/gm
// Complimentary closes that the library does not know. What follows one is a name and an address, when it is short and the last thing.
const CLOSING =
  /^(?:yours (?:sincerely|faithfully|truly)|sincerely(?: yours)?|(?:all the |with )?best|with kind regards)[,.!]?$/i
const MAX_SIGNATURE_LINES = 10

/** What the writer of a mail wrote: no quoted replies, no signature. A forwarded mail stays, since the writer passes it on to be read. */
export function stripMail(text: string): string {
  return parser.parseReply(markClosing(text.replaceAll(RULE_LINE, '')))
}

/** Puts the signature's sign before a closing that ends the mail, or ends it but for a quote. */
function markClosing(text: string): string {
  const lines = text.split('\n')
  const quoted = lines.findIndex((line) => line.startsWith('>'))
  const end = quoted === -1 ? lines.length : quoted
  const closing = lines.findIndex((line, n) => end - n <= MAX_SIGNATURE_LINES && n < end && CLOSING.test(line.trim()))
  return closing === -1 ? text : lines.toSpliced(closing, 0, '--').join('\n')
}
