/** What a text can mention. */
export type MentionKind =
  | 'email'
  | 'phone'
  | 'url'
  | 'date'
  | 'money'
  | 'task_reference'
  | 'conversation_reference'
  | 'organisation'

/** One thing that a text plainly mentions. */
export interface Mention {
  readonly kind: MentionKind
  /**
   * The form in which two mentions are the same thing: a lower-cased address, a phone number in E.164, a normalised URL, an ISO 8601 date or
   * interval (`2026-12-05`, `2026-12-05/2026-12-09`, `2026-12-05T14:30`), `EUR:12.50`, the vendor's reference, an organisation's domain or name.
   */
  readonly value: string
  readonly properties: Readonly<Record<string, string | number | boolean | null>>
  /** The words of the readable text that were read: `readable.slice(start, end)`. */
  readonly text: string
  readonly start: number
  readonly end: number
}

export type TextFormat = 'plain' | 'html' | 'markdown'

export interface MentionOptions {
  readonly format: TextFormat
  /** When the text was written or received, epoch ms: what "tomorrow" is counted from. */
  readonly receivedAt: number
  /** ISO 3166 country (two letters) whose national phone numbers are read; without it only international ones are. */
  readonly defaultRegion?: string | undefined
  /** IANA time zone in which the text's dates are meant; `UTC` when not given. */
  readonly timeZone?: string | undefined
}
