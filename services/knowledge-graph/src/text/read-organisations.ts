import { type Found, found, linesWith } from './reader.ts'

// Legal forms, longest first. Those that are also words or units (Limited, SE, AB, AS, KG, SA) are taken only in the spelling of a company.
const FORMS = [
  String.raw`GmbH & Co\. ?KG`,
  'gGmbH',
  'GmbH',
  'AG',
  'UG',
  'e\\.V\\.',
  String.raw`Pty\.? Ltd\.?`,
  String.raw`Pvt\.? Ltd\.?`,
  String.raw`Pte\.? Ltd\.?`,
  String.raw`Co\.,? Ltd\.?`,
  String.raw`Ltd\.?`,
  'Limited',
  'LLC',
  String.raw`L\.L\.C\.`,
  'LLP',
  'PLC',
  'plc',
  String.raw`Inc\.?`,
  'Incorporated',
  String.raw`Corp\.?`,
  'Corporation',
  String.raw`S\.A\.S\.`,
  String.raw`S\.A\.`,
  'SARL',
  String.raw`S\.à r\.l\.`,
  String.raw`S\.r\.l\.`,
  String.raw`S\.p\.A\.`,
  'SpA',
  String.raw`B\.V\.`,
  'BV',
  String.raw`N\.V\.`,
  'NV',
  'Oy',
  'Oyj',
  String.raw`s\.r\.o\.`,
  String.raw`S\.L\.`,
  'AB',
  'ApS',
  'A/S',
  String.raw`Sp\. z o\.o\.`,
  String.raw`K\.K\.`,
]
const WORD = String.raw`(?:(?!(?:${FORMS.join('|')})(?![\p{L}\p{N}]))[A-Z0-9][\p{L}\p{N}'’.-]{0,30}|&)`
const NAME = new RegExp(
  String.raw`(?<![\p{L}\p{N}&.-])(\p{Lu}[\p{L}\p{N}'’&-]{0,30}(?: (?:${WORD}|and|of|de|van|der|du)){0,5}),? (${FORMS.join('|')})(?![\p{L}\p{N}])`,
  'gu',
)
const HINT = new RegExp(String.raw`(?:${FORMS.join('|')})(?![\p{L}\p{N}])`, 'u')
// Words with a capital that begin a sentence or a line and belong to no name.
const NOT_A_NAME =
  /^(?:(?:(?:c[a-z]o|vp|director|head|owner|founder|manager|partner|part|member|employee|staff|team|office|subsidiary|customer) of|the|a|an|at|by|for|from|to|with|of|and|or|but|in|on|as|is|are|our|your|their|his|her|my|we|i|you|they|it|this|that|these|please|hi|hello|dear|hey|thanks|re|fwd?|subject|company|customer|client|supplier|vendor|employer|contact|bill to|ship to|both|when|since|because|while|if|after|before|about|ask|call|contacted|invoice|regarding|via|per|attn|cc|payee|landlord|tenant|owner|insurer|buyer|seller|carrier|copyright|trademark|(?:19|20)\d\d|today|yesterday|monday|tuesday|wednesday|thursday|friday|saturday|sunday)[,:]? )+/i
// In a list (`SE, UG`) these are a country or a short word; only the others follow a comma.
const AFTER_COMMA = /, (?:AG|UG|AB|BV|NV|Oy|SpA)$/
const AFTER_FORM = /^ (?:edition|warranty|liability|time|offer|stock|access|partner(?:ship)?|500|5000)\b/i

/** Organisations that are named with their legal form: `Acme Ltd`, `Muster GmbH & Co. KG`. The value is the name in small letters, without the form's dots. */
export function readOrganisations(text: string): Found[] {
  return [...linesWith(text, HINT)].flatMap(({ line, offset }) =>
    [...line.matchAll(NAME)].flatMap((match) => readName(match, offset)),
  )
}

function readName(match: RegExpExecArray, offset: number): Found[] {
  const whole = match[0]
  const name = whole.replace(NOT_A_NAME, '')
  const stem = name.slice(0, name.length - (match[2] ?? '').length).replace(/,? $/, '')
  if (
    !/^\p{Lu}/u.test(stem) ||
    stem.length < 2 ||
    /^(?:type|group|class|grade|category|option)$/i.test(stem) ||
    AFTER_COMMA.test(name)
  )
    return []
  const end = match.index + whole.length
  if (AFTER_FORM.test(match.input.slice(end, end + 16))) return []
  const value = name.toLowerCase().replaceAll(/[.,]/g, '').replaceAll(/\s+/g, ' ')
  return [found('organisation', value, [offset + end - name.length, offset + end], { name, domain: null })]
}
