/** Country codes of ISO 3166-1 alpha-2 that are officially assigned: 249 as of 2026-11. */
const countries: ReadonlySet<string> = new Set(
  (
    'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK ' +
    'CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS ' +
    'GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV ' +
    'LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM ' +
    'PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR ' +
    'TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW'
  ).split(' '),
)

export const countryRule = {
  pattern: '^[A-Z]{2}$',
  inWords: 'must be the two capitals of a country in ISO 3166, such as GB or DE',
} as const

export const timeZoneRule = {
  pattern: '^(UTC|[A-Z][A-Za-z_]+(/[A-Za-z0-9_+-]+){1,2})$',
  inWords: 'must be a time zone of the IANA list, such as Europe/London or UTC',
} as const

/** Whether two letters are a country of ISO 3166. `UK` is none: the United Kingdom is `GB`. */
export function isCountry(code: string): boolean {
  return countries.has(code)
}

/** Whether it is the name of a zone of the IANA time zone database that this Node knows; offsets (`+01:00`) and short forms (`EST`) are none. */
export function isTimeZone(name: string): boolean {
  if (!new RegExp(timeZoneRule.pattern).test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
