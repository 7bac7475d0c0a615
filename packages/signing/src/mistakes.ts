/** Known mistakes that make a genuine request fail: what happened, and what to do about it. */
export const mistakes = {
  'secret-expired': {
    meaning: 'It was signed with a secret of this source whose time is over.',
    remedy: 'Give the sender the present secret, or move `not_after` of the old one.',
  },
  'secret-not-yet-valid': {
    meaning: 'It was signed with a secret of this source whose time has not begun.',
    remedy: 'Move `not_before` of the secret, or let the sender change over later.',
  },
  'secret-of-other-scheme': {
    meaning: 'It was signed with a secret of this source that is configured for another scheme.',
    remedy: 'Use the secret of this kind of webhook at the sender (Front’s rules have another than its applications).',
  },
  'secret-of-other-source': {
    meaning: 'It was signed with the secret of another source.',
    remedy: 'The sender posts to the wrong path, or two secrets were mixed up.',
  },
  'secret-whitespace': {
    meaning: 'One side has white space or a line break around the secret.',
    remedy: 'Enter the secret again without it; files often end with a line break.',
  },
  'secret-quoted': {
    meaning: 'One side has quotation marks around the secret.',
    remedy: 'Enter the secret again without them.',
  },
  'secret-not-decoded': {
    meaning: 'The sender took the text of the secret as the key where its decoded bytes are the key.',
    remedy: 'Decode the secret before signing: base64 after `whsec_`, or hex, as the scheme says.',
  },
  'secret-decoded': {
    meaning: 'The sender decoded the secret where its text is the key.',
    remedy: 'Sign with the text as it stands, or set `secret_form` of the scheme.',
  },
  'json-reserialised': {
    meaning: 'The signature belongs to the same JSON written in another way (spaces, escapes, order of names).',
    remedy: 'Sign the bytes that are sent, and let no proxy rewrite the body.',
  },
  'timestamp-not-signed': {
    meaning: 'The signature covers the body without the time.',
    remedy: 'Sign the whole template of the scheme; it contains the time.',
  },
  'id-not-signed': {
    meaning: 'The signature covers time and body without the message id.',
    remedy: 'Sign the whole template of the scheme; it contains the id.',
  },
  'timestamp-unit': {
    meaning: 'The time is in seconds where milliseconds are meant, or the other way round.',
    remedy: 'Send and sign the time in the unit of the scheme.',
  },
  'timestamp-format': {
    meaning: 'The signature is right, but the time is written in a form that is not taken.',
    remedy: 'Send the time as a whole number since 1970.',
  },
  'late-or-clock': {
    meaning: 'The signature is right, but the time lies outside the window.',
    remedy: 'Look at both clocks, and for what holds requests back; a request that is played again looks the same.',
  },
  'other-algorithm': {
    meaning: 'The signature was made with another hash (SHA-1 for SHA-256 or the like).',
    remedy: 'Sign with the scheme’s algorithm, or choose the scheme of this kind of webhook.',
  },
  'signature-encoding': {
    meaning: 'The signature is right but written in another encoding (hex for base64 or the like).',
    remedy: 'Write the signature in the scheme’s encoding.',
  },
  'signature-prefix': {
    meaning: 'The signature is right but the text before it is missing or another one.',
    remedy: 'Write the scheme’s prefix before the signature or key.',
  },
  'signature-header': {
    meaning: 'The proof is right but stands in another header.',
    remedy: 'Send it in the scheme’s header; some proxies rename headers.',
  },
  'body-newline': {
    meaning: 'A line break or white space was added to or taken from the end of the body.',
    remedy: 'Send the signed bytes as they are (`curl --data-binary`, not `--data`), and let no proxy touch them.',
  },
  'body-line-ends': {
    meaning: 'Line ends were changed on the way (CRLF and LF).',
    remedy: 'Send the body as bytes, not as text.',
  },
  'body-bom': {
    meaning: 'A byte order mark was added or removed.',
    remedy: 'Sign and send the body without one.',
  },
  'body-charset': {
    meaning: 'The body was converted between Latin-1 and UTF-8.',
    remedy: 'Sign and send UTF-8, and let no proxy convert it.',
  },
  'body-compressed': {
    meaning: 'The signature belongs to the compressed form of the body, or the body arrived compressed.',
    remedy: 'Sign and send the body uncompressed.',
  },
  'body-not-signed': {
    meaning: 'The signature covers an empty body.',
    remedy: 'Sign the body that is sent; some clients read a stream once only.',
  },
} as const

export type MistakeName = keyof typeof mistakes

export interface FoundMistake {
  readonly name: MistakeName
  /** The secret that the sender used, by its id. */
  readonly secretId?: string
  /** The source that it belongs to, when it is another one. For the operator only. */
  readonly source?: string
  /** The header that the proof was found in. */
  readonly header?: string
}
