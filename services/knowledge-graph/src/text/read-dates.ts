import { en, type ParsedComponents, type ParsedResult } from 'chrono-node'
import { type Circumstances, type Found, found, linesWith } from './reader.ts'

/** A line without one of these has no date that is read here; most lines are spared the parser. */
const HINT =
  /\b(?:today|tomorrow|yesterday|days?|jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)|\d[./-]\d{1,2}[./-]\d|\d{4}-\d/i
/** The parser is given no longer line; its time grows faster than the line does. */
const MAX_LINE = 1_000
const NUMERIC = /(?<!\d)(\d{1,2})([./-])(\d{1,2})\2(\d{2}(?:\d{2})?)(?!\d)/
const MONTH = /\b(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)/i
// Verbs and short forms that are months only with a capital.
const LOWER_CASE_WORD = /\b(?:may|march|mar|sat|sun)\b/
const RELATIVE =
  /^(?:today|tomorrow|yesterday|in \d+ days?|\d+ days? ago|(?:in )?(?:one|two|three|four|five|six|seven|ten) days?(?: ago)?)\b/i
const YEARS = { from: 1900, to: 2100 }

/**
 * Dates that a text names so that one day (a range of days, a month of a year) is meant: with a month's name, in ISO 8601, in figures whose
 * order is plain, or as today, tomorrow, yesterday, in five days. A weekday, a month or a time alone, `05/06/2026` where the country is not
 * known and vague words (next week, recently, in a few days) are none. Values are ISO 8601, local time without offset unless the text names one.
 */
export function readDates(text: string, circumstances: Circumstances): Found[] {
  const reference = referenceOf(circumstances)
  return [...linesWith(text, HINT)].flatMap(({ line, offset }) => {
    const parser = circumstances.defaultRegion === 'US' ? en.casual : en.GB
    return parser
      .parse(line.slice(0, MAX_LINE), reference)
      .filter((result) => isSure(result, circumstances.defaultRegion))
      .flatMap((result) => readResult(result, offset))
  })
}

/**
 * Noon of the day on which the text was received, where it was meant. The parser counts days in the machine's own time zone; noon is the same
 * day in all that it does.
 */
function referenceOf({ receivedAt, timeZone }: Circumstances): Date {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, year: 'numeric', month: 'numeric', day: 'numeric' })
    .formatToParts(receivedAt)
    .map(({ type, value }) => [type, Number(value)] as const)
  const { year = 1970, month = 1, day = 1 } = Object.fromEntries(parts)
  return new Date(year, month - 1, day, 12)
}

function isSure({ text, start, end }: ParsedResult, region: string | null): boolean {
  if (start.isCertain('month') && LOWER_CASE_WORD.test(text) && !/[A-Z]/.test(text)) return false
  const tags = [...start.tags()]
  if (tags.some((tag) => tag === 'casualReference/now' || tag === 'casualReference/tonight')) return false
  if (tags.some((tag) => /relativeDate|casualReference\/(?:to|yester)/.test(tag)) && !RELATIVE.test(text)) return false
  if (!isSureNumeric(text, region)) return false
  return sidesOf({ start, end }).every((side) => isSureDay(side) || isSureMonth(side, text))
}

/** The parser's `end` is null where there is none, though its type says undefined. */
function sidesOf({
  start,
  end,
}: {
  start: ParsedComponents
  end: ParsedComponents | null | undefined
}): ParsedComponents[] {
  return end ? [start, end] : [start]
}

function isSureDay(side: ParsedComponents): boolean {
  const year = side.get('year') ?? 0
  return side.isCertain('day') && side.isCertain('month') && year >= YEARS.from && year <= YEARS.to
}

function isSureMonth(side: ParsedComponents, text: string): boolean {
  return !side.isCertain('day') && side.isCertain('month') && side.isCertain('year') && MONTH.test(text)
}

/** Figures alone are sure when they cannot be read as another day, by their size, their country or, with dots, their form. */
function isSureNumeric(text: string, region: string | null): boolean {
  const match = NUMERIC.exec(text)
  if (match === null) return MONTH.test(text) || RELATIVE.test(text) || /\d{4}[-/]\d{1,2}[-/]\d{1,2}/.test(text)
  const [, first, separator, second, year = ''] = match
  if (year.length !== 4) return false
  if (Number(first) > 12 || Number(second) > 12 || first === second) return true
  return separator === '.' ? region !== 'US' : region !== null
}

function readResult({ text, index, start, end }: ParsedResult, offset: number): Found[] {
  const words = text.trimEnd()
  const values = sidesOf({ start, end }).map(isoOf)
  const isRelative = RELATIVE.test(text)
  const properties = { precision: precisionOf(start), is_relative: isRelative, is_year_given: start.isCertain('year') }
  return [found('date', values.join('/'), [offset + index, offset + index + words.length], properties)]
}

function precisionOf(side: ParsedComponents): string {
  if (!side.isCertain('day')) return 'month'
  return hasTime(side) ? 'minute' : 'day'
}

/** A bare "at 5" leaves open which half of the day. */
function hasTime(side: ParsedComponents): boolean {
  return side.isCertain('hour') && (side.isCertain('minute') || side.isCertain('meridiem'))
}

function isoOf(side: ParsedComponents): string {
  const part = (component: 'year' | 'month' | 'day' | 'hour' | 'minute') => side.get(component) ?? 0
  if (!side.isCertain('day')) return `${pad(part('year'), 4)}-${pad(part('month'))}`
  const day = `${pad(part('year'), 4)}-${pad(part('month'))}-${pad(part('day'))}`
  if (!hasTime(side)) return day
  if (!side.isCertain('timezoneOffset')) return `${day}T${pad(part('hour'))}:${pad(part('minute'))}`
  const offset = side.get('timezoneOffset') ?? 0
  const instant = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute') - offset)
  return `${new Date(instant).toISOString().slice(0, 16)}Z`
}

function pad(value: number, length = 2): string {
  return String(value).padStart(length, '0')
}
