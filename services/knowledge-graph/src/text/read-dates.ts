import { Chrono, en, type ParsedComponents, type ParsedResult, type Parser } from 'chrono-node'
import { type Circumstances, type Found, found, linesWith, TAKEN } from './reader.ts'

/** A line without one of these has no date that is read here; most lines are spared the parser. */
const HINT =
  /today|tomorrow|yesterday|\bdays?\b|(?<![a-z])(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|\d[./-]\d{1,2}[./-]\d/i
/** The parser is given no longer line; its time grows faster than the line does. */
const MAX_LINE = 1_000
const NUMERIC = /(?<![\d./-])(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/-]|\.\d)/g
const MONTH =
  'jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?'
const HAS_MONTH = new RegExp(`(?:${MONTH})`, 'i')
const ISO = /\d{4}[-/]\d{1,2}[-/]\d{1,2}/
// Verbs and short forms that are months only with a capital.
const LOWER_CASE_WORD = /\b(?:may|march|mar)\b/
const RELATIVE = /\b(?:today|tomorrow|yesterday|in \S+ days?|\S+ days? ago)\b/i
const VAGUE = /\b(?:few|several|couple|half|some|many)\b/i
// A move from one day to another names two days; any other "from … to …" is a stretch of time.
const MOVE = /\b(?:mov|chang|postpon|re-?schedul|re-?book|shift|correct|updat|bring|brought|push)\w*\b/i
const BETWEEN = new RegExp(
  String.raw`\bbetween (?=[^.;]{0,12}?(?:\d:\d|[ap]m|${MONTH}))([^.;]{1,30}?) and(?= \d| (?:${MONTH}))`,
  'gi',
)
const JOINS_ISO = /(?<=\d) (?:to|until|till|-|–) (?=\d{4}-\d)/g
const JOINS = /^ (?:to|until|till|-|–) $/
const NAMES_OFFSET = /(?:\b(?:UTC|GMT)|\dZ|[+-]\d{1,2}(?::?\d{2})?)\)?$/
const YEARS = { from: 1900, to: 2100 }

const DAYS: ReadonlyMap<string, number> = new Map([
  ['yesterday', -1],
  ['today', 0],
  ['tomorrow', 1],
])

const dayByName: Parser = {
  pattern: () => /(?<![\w’'-])(?:today|tomorrow|yesterday)(?![\w-])/i,
  extract: ({ refDate }, [name]) => {
    const day = new Date(refDate)
    day.setDate(day.getDate() + (DAYS.get(name.toLowerCase()) ?? 0))
    return { year: day.getFullYear(), month: day.getMonth() + 1, day: day.getDate() }
  },
}

const monthOfYear: Parser = {
  pattern: () => new RegExp(String.raw`(?<![\w-]|\d[.,]? ?)(${MONTH})\.?,? ?((?:19|20)\d\d)(?![\d/-]|[.,:]\d)`, 'i'),
  extract: (_context, [, name = '', year]) => ({
    year: Number(year),
    month: 1 + 'janfebmaraprmayjunjulaugsepoctnovdec'.indexOf(name.slice(0, 3).toLowerCase()) / 3,
  }),
}

const configuration = en.configuration.createConfiguration(true)
const chrono = new Chrono({ ...configuration, parsers: [dayByName, monthOfYear, ...configuration.parsers] })

/**
 * Dates that a text names so that one day (a stretch of days, a month of a year) is meant: with a month's name, in ISO 8601, in figures whose
 * order is plain, or as today, tomorrow, yesterday, in five days. A weekday, a month or a time alone, `05/06/2026` where the country is not
 * known and vague words (next week, recently, in a few days) are none. Values are ISO 8601, local time without offset unless the text names one.
 */
export function readDates(text: string, circumstances: Circumstances): Found[] {
  let reference: Date | undefined
  return [...linesWith(text, HINT)].flatMap(({ line, offset }) => {
    reference ??= referenceOf(circumstances)
    const plain = plainFigures(line.slice(0, MAX_LINE), circumstances.defaultRegion)
    const results = chrono.parse(plainStretches(plain), reference).filter((result) => isSure(result, plain))
    return stretchesOf(results, plain).flatMap((stretch) => readStretch(stretch, plain, offset))
  })
}

/** By time zone, of which there are some hundreds: making one costs more than all else that a text without dates needs. */
const formats = new Map<string, Intl.DateTimeFormat>()

function dayIn(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known !== undefined) return known
  const format = new Intl.DateTimeFormat('en-US', { timeZone, year: 'numeric', month: 'numeric', day: 'numeric' })
  formats.set(timeZone, format)
  return format
}

/**
 * Noon of the day on which the text was received, where it was meant. The parser counts days in the machine's own time zone; noon is the same
 * day in all that it does.
 */
function referenceOf({ receivedAt, timeZone }: Circumstances): Date {
  const parts = dayIn(timeZone)
    .formatToParts(receivedAt)
    .map(({ type, value }) => [type, Number(value)] as const)
  const { year = 1970, month = 1, day = 1 } = Object.fromEntries(parts)
  return new Date(year, month - 1, day, 12)
}

/** Dates in figures as ISO dates of the same length; those that can be read as another day are blotted out. */
function plainFigures(line: string, region: string | null): string {
  return line.replaceAll(NUMERIC, (whole, first: string, separator: string, second: string, year: string) => {
    const dayFirst = isDayFirst(Number(first), Number(second), separator, region)
    if (year.length !== 4 || dayFirst === null) return TAKEN.repeat(whole.length)
    return dayFirst ? `${year}-${second}-${first}` : `${year}-${first}-${second}`
  })
}

/** Whether the day comes before the month: by size, by country or, with dots, by form; null when both can be. */
function isDayFirst(first: number, second: number, separator: string, region: string | null): boolean | null {
  if (first > 12 || second > 12 || first === second) return first > 12 || second <= 12
  if (separator === '.') return region === 'US' ? null : true
  return region === null ? null : region !== 'US'
}

/**
 * Stretches in the form that the parser knows, of the same length: `between A and B` with a dash; and between two ISO dates nothing that it
 * knows, since it takes the second one's year for a time of day.
 */
function plainStretches(line: string): string {
  return line
    .replaceAll(BETWEEN, (_, from: string) => `${' '.repeat(8)}${from} -  `)
    .replaceAll(JOINS_ISO, (words) => TAKEN.repeat(words.length))
}

function isSure({ text, index, start, end }: ParsedResult, line: string): boolean {
  if (/[\d:.,/-]$/.test(line.slice(0, index)) || /^(?:\d|[:/-]\d)/.test(line.slice(index + text.length))) return false
  if (HAS_MONTH.test(text) && LOWER_CASE_WORD.test(text) && !/[A-Z]/.test(text)) return false
  const isRelative = RELATIVE.test(text)
  if (isRelative ? VAGUE.test(text) : !HAS_MONTH.test(text) && !ISO.test(text)) return false
  return sidesOf({ start, end }).every((side) => isSureDay(side) || isSureMonth(side))
}

/** The parser's `end` is null where there is none, though its type says undefined. */
function sidesOf({
  start,
  end,
}: {
  start: ParsedComponents
  end?: ParsedComponents | null | undefined
}): ParsedComponents[] {
  return end ? [start, end] : [start]
}

function isSureDay(side: ParsedComponents): boolean {
  const year = side.get('year') ?? 0
  return side.isCertain('day') && side.isCertain('month') && year >= YEARS.from && year <= YEARS.to
}

function isSureMonth(side: ParsedComponents): boolean {
  return !side.isCertain('day') && side.isCertain('month') && side.isCertain('year')
}

/** One or two ends of time and the words that name them. */
interface Stretch {
  readonly sides: readonly ParsedComponents[]
  readonly start: number
  readonly end: number
}

/** Puts together what was parted before the parser saw it. */
function stretchesOf(results: readonly ParsedResult[], line: string): Stretch[] {
  const stretches: Stretch[] = []
  for (const result of results) {
    const end = result.index + result.text.trimEnd().length
    const last = stretches.at(-1)
    const sides = sidesOf(result)
    const isJoined = last?.sides.length === 1 && sides.length === 1 && JOINS.test(line.slice(last.end, result.index))
    if (last && isJoined) stretches.splice(-1, 1, { sides: [...last.sides, ...sides], start: last.start, end })
    else stretches.push({ sides, start: result.index, end })
  }
  return stretches
}

function readStretch({ sides, start, end }: Stretch, line: string, offset: number): Found[] {
  const words = line.slice(start, end)
  const [first] = sides
  const properties = {
    precision: first === undefined ? null : precisionOf(first),
    is_relative: RELATIVE.test(words),
    is_year_given: sides.some((side) => side.isCertain('year')),
  }
  const isMove = sides.length === 2 && / to /i.test(words) && MOVE.test(line.slice(0, start))
  const iso = sides.map((side) => isoOf(side, words))
  const values = isMove ? iso : [iso.join('/')]
  return values.map((value) => found('date', value, [offset + start, offset + end], properties))
}

function precisionOf(side: ParsedComponents): string {
  if (!side.isCertain('day')) return 'month'
  return hasTime(side) ? 'minute' : 'day'
}

/** A bare "at 5" leaves open which half of the day. */
function hasTime(side: ParsedComponents): boolean {
  return side.isCertain('hour') && (side.isCertain('minute') || side.isCertain('meridiem'))
}

/**
 * An instant where the text names the offset (`Z`, `UTC`, `+02:00`). Other abbreviations stay local time: CET in summer, IST and CST mean
 * several zones.
 */
function isoOf(side: ParsedComponents, words: string): string {
  const part = (component: 'year' | 'month' | 'day' | 'hour' | 'minute') => side.get(component) ?? 0
  if (!side.isCertain('day')) return `${pad(part('year'), 4)}-${pad(part('month'))}`
  const day = `${pad(part('year'), 4)}-${pad(part('month'))}-${pad(part('day'))}`
  if (!hasTime(side)) return day
  if (!side.isCertain('timezoneOffset') || !NAMES_OFFSET.test(words))
    return `${day}T${pad(part('hour'))}:${pad(part('minute'))}`
  const offset = side.get('timezoneOffset') ?? 0
  const instant = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute') - offset)
  return `${new Date(instant).toISOString().slice(0, 16)}Z`
}

function pad(value: number, length = 2): string {
  return String(value).padStart(length, '0')
}
