import { SigningError } from './errors.ts'
import type { Headers, Rule, Scheme, SignatureScheme, TimestampRule, TimestampUnit } from './scheme.ts'

/** Fifteen digits are exact as a number and reach beyond any clock in seconds or milliseconds; signs, spaces and letters are refused. */
const plainNumber = /^\d{1,15}$/

/** As seconds this is the year 5138, as milliseconds March 1973: no sender's clock is near it in either unit. */
const secondsBelow = 100_000_000_000

/** The text of the time that a request was signed with, as it stands in its header; undefined when there is none. */
export function readTimestamp({ timestamp, separator }: SignatureScheme, headers: Headers): string | undefined {
  const value = timestamp === undefined ? undefined : headers[timestamp.header]
  const prefix = timestamp?.prefix
  if (value === undefined || prefix === undefined || separator === undefined) return value
  const items = value.split(separator).filter((item) => item.startsWith(prefix))
  // Two times are no time: whichever was taken, somebody else may take the other. Joined they are no number.
  return items.length === 0 ? undefined : items.map((item) => item.slice(prefix.length)).join(separator)
}

/** When a request says that it was signed, epoch milliseconds; undefined where its scheme has no time or the header holds none. */
export function signedAt(scheme: Scheme, headers: Headers): number | undefined {
  if (scheme.kind === 'api-key' || scheme.timestamp === undefined) return undefined
  const text = readTimestamp(scheme, headers)
  return text !== undefined && plainNumber.test(text) ? toEpochMs(Number(text), scheme.timestamp.unit) : undefined
}

/**
 * The rule that the text of a timestamp header breaks at `now` (epoch ms), if any. The edge of the window counts as inside.
 * Senders' libraries read `123abc` as 123; here it is refused, for the text is part of what is signed.
 */
export function checkTimestamp(rule: TimestampRule, text: string | undefined, now: number): Rule | undefined {
  if (text === undefined || text === '') return 'timestamp-missing'
  if (!plainNumber.test(text)) return 'timestamp-malformed'
  const age = now - toEpochMs(Number(text), rule.unit)
  if (age > rule.toleranceMs) return 'timestamp-stale'
  return age < -rule.toleranceMs ? 'timestamp-future' : undefined
}

/**
 * Text of the timestamp header for `epochMs`.
 * @throws SigningError `MR_SIGNING_INPUT_INVALID` when it is no time at or after 1970
 */
export function writeTimestamp(rule: TimestampRule, epochMs: number | undefined): string {
  const value = Math.floor((epochMs ?? Number.NaN) / (rule.unit === 's' ? 1000 : 1))
  const text = String(value)
  if (!plainNumber.test(text))
    throw new SigningError('MR_SIGNING_INPUT_INVALID', 'The time must be epoch milliseconds.')
  return text
}

/** Epoch milliseconds of a number in this unit. */
export function toEpochMs(value: number, unit: TimestampUnit): number {
  if (unit === 'ms') return value
  return unit === 's' || value < secondsBelow ? value * 1000 : value
}
