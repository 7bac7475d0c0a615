import { blot, type Circumstances, type Found, found, linesWith } from './reader.ts'

// Codes that are no English word and no common abbreviation (`ALL`, `TRY`, `TOP`, `CUP` are left out).
const CODES = [
  'EUR',
  'USD',
  'GBP',
  'CHF',
  'JPY',
  'CNY',
  'CAD',
  'AUD',
  'NZD',
  'HKD',
  'SGD',
  'SEK',
  'NOK',
  'DKK',
  'PLN',
  'CZK',
  'HUF',
  'RON',
  'INR',
  'ZAR',
  'BRL',
  'MXN',
  'AED',
  'SAR',
  'ILS',
  'THB',
  'KRW',
  'TWD',
]
const SIGNS: ReadonlyMap<string, string> = new Map([
  ['€', 'EUR'],
  ['£', 'GBP'],
  ['₹', 'INR'],
  ['us$', 'USD'],
  ['c$', 'CAD'],
  ['ca$', 'CAD'],
  ['a$', 'AUD'],
  ['au$', 'AUD'],
  ['nz$', 'NZD'],
  ['hk$', 'HKD'],
  ['s$', 'SGD'],
  ['r$', 'BRL'],
  ['euro', 'EUR'],
  ['euros', 'EUR'],
  ['pounds sterling', 'GBP'],
  ['us dollars', 'USD'],
  ['rupees', 'INR'],
  ['swiss francs', 'CHF'],
])
/** What a bare `$` means; elsewhere it is the US dollar. */
const DOLLARS: ReadonlyMap<string, string> = new Map([
  ['CA', 'CAD'],
  ['AU', 'AUD'],
  ['NZ', 'NZD'],
  ['SG', 'SGD'],
  ['HK', 'HKD'],
])
const EVERYDAY_CODES = new Set(['EUR', 'USD', 'GBP'])
const WITHOUT_MINOR_UNIT = new Set(['JPY', 'KRW'])
const POWERS: ReadonlyMap<string, number> = new Map([
  ['k', 3],
  ['thousand', 3],
  ['m', 6],
  ['mn', 6],
  ['million', 6],
  ['bn', 9],
  ['b', 9],
  ['billion', 9],
])

const AMOUNT = String.raw`\d{1,15}(?:[.,' ]\d{3}(?!\d)){0,4}(?:[.,]\d{1,4})?`
const POWER = String.raw`(?: ?(thousand|million|billion|mn|bn|k|m|b)(?![\w]))?`
const BEFORE = new RegExp(
  String.raw`(?<![\w$€£₹])((?:US|CA?|AU?|NZ|HK|S|R)?\$|[€£₹]|(?:${CODES.join('|')})(?=[ \d]))\s?(${AMOUNT})(?![\d%])${POWER}(?![A-Za-z])`,
  'gi',
)
const AFTER = new RegExp(
  String.raw`(?<![\w.,$€£₹/-])(${AMOUNT})${POWER}\s?(€|£|₹|(?:${CODES.join('|')}|euros?|us dollars|dollars|pounds sterling|rupees|swiss francs)(?!\w))`,
  'gi',
)
// `"$1"` and `$0` stand for arguments in scripts.
const PLACEHOLDER = /["'`]\$\d["'`]|\$0(?![\d.,])/
const HINT = new RegExp(
  String.raw`[$€£₹]|(?:${CODES.join('|')}|euros?|dollars|pounds sterling|rupees|francs)(?!\w)`,
  'i',
)

/**
 * Amounts with their currency, as `EUR:12.50`: a sign, an ISO 4217 code or a currency's name beside a number. A number alone, a range that
 * names its currency once (`$10-20`) and `€1.234`, which is two different amounts in two countries, are none.
 */
export function readMoney(text: string, { defaultRegion }: Circumstances): Found[] {
  return [...linesWith(text, HINT)].flatMap(({ line, offset }) => {
    const before = [...line.matchAll(BEFORE)].map((match) => readMatch(match, match[1], match[2], match[3], offset))
    const rest = blot(
      line,
      before.flat().map(({ start, end }) => ({ start: start - offset, end: end - offset })),
    )
    const after = [...rest.matchAll(AFTER)].map((match) => readMatch(match, match[3], match[1], match[2], offset))
    return [...before, ...after].flat()
  })

  function readMatch(match: RegExpExecArray, sign = '', raw = '', power = '', offset = 0): Found[] {
    const currency = currencyOf(sign, defaultRegion)
    const amount = amountOf(raw, POWERS.get(power.toLowerCase()) ?? 0)
    const end = match.index + match[0].length
    if (sign === '$' && PLACEHOLDER.test(match.input.slice(Math.max(0, match.index - 1), end + 1))) return []
    if (currency === null || amount === null || /^ ?[-–] ?\d/.test(match.input.slice(end, end + 4))) return []
    const canonical = withMinorUnits(amount, currency)
    const span = [offset + match.index, offset + end] as const
    return [found('money', `${currency}:${canonical}`, span, { currency, amount: canonical })]
  }
}

function currencyOf(sign: string, region: string | null): string | null {
  const small = sign.toLowerCase().replaceAll(/\s+/g, ' ')
  if (small === '$' || small === 'dollars') return DOLLARS.get(region ?? '') ?? 'USD'
  const named = SIGNS.get(small)
  if (named !== undefined) return named
  const code = sign.toUpperCase()
  // Ron and cad are words when written small.
  return code === sign || EVERYDAY_CODES.has(code) ? code : null
}

/** A decimal number without leading zeros, times ten to the power; null when it can be read in two ways. */
function amountOf(raw: string, power: number): string | null {
  const [whole = '', fraction = ''] = splitDecimals(raw.replaceAll(/[ ']/g, '')) ?? [null]
  if (whole === null) return null
  const digits = fraction.padEnd(power, '0')
  const integer = `${whole}${digits.slice(0, power)}`.replace(/^0+(?=\d)/, '')
  const rest = digits.slice(power).replace(/0+$/, '')
  return rest === '' ? integer : `${integer}.${rest}`
}

function splitDecimals(number: string): readonly [string, string] | null {
  const comma = number.lastIndexOf(',')
  const dot = number.lastIndexOf('.')
  if (comma === -1 && dot === -1) return [number, '']
  const mark = Math.max(comma, dot)
  const whole = number.slice(0, mark).replaceAll(/[.,]/g, '')
  const after = number.slice(mark + 1)
  const isGrouped = /^[1-9]\d{0,2}([.,])\d{3}(?:\1\d{3})*$/.test(number)
  if (!isGrouped) return [whole, after]
  if (comma === -1 && number.indexOf('.') === dot) return null
  return [`${whole}${after}`, '']
}

function withMinorUnits(amount: string, currency: string): string {
  if (WITHOUT_MINOR_UNIT.has(currency)) return amount
  const [whole = '', fraction = ''] = amount.split('.')
  return `${whole}.${fraction.padEnd(2, '0')}`
}
