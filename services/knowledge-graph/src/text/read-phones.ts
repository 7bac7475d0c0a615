import { type CountryCode, findPhoneNumbersInText, isSupportedCountry, type PhoneNumber } from 'libphonenumber-js/max'
import { type Circumstances, type Found, found, linesWith } from './reader.ts'

/** Seven figures, with what people write between them. */
const HINT = /\d(?:[^\dA-Za-z]{0,3}\d){6}/
const MAX_LINE = 2_000
// A number in national form is read where it is written as people write phones, or a word says that it is one.
const WRITTEN_AS_PHONE = /^\(?0?\d{1,5}\)?[ /.-]?\d{2,5}(?:[ .-]\d{1,5})+$|^\(\d{2,5}\)/
const SAYS_PHONE =
  /\b(?:phone|telephone|tel|mobile|mob|cell|cellphone|landline|fax|call|calls|calling|called|ring|dial|text|sms|whatsapp|reach|reached|hotline|helpline|number is|contact)\b[^\d]{0,25}$/i

/**
 * Phone numbers: international ones (`+49 …`), and national ones where the country is known, if their form or a word before them says that
 * they are phones. Bare figures are none.
 */
export function readPhones(text: string, { defaultRegion }: Circumstances): Found[] {
  const country = defaultRegion !== null && isSupportedCountry(defaultRegion) ? defaultRegion : undefined
  return [...linesWith(text, HINT)].flatMap(({ line, offset }) => {
    const head = line.slice(0, MAX_LINE)
    return findNumbers(head, country)
      .filter(({ startsAt, endsAt }) => isWritten(head, startsAt, endsAt))
      .map(({ number, startsAt, endsAt }) =>
        found('phone', number.number, [offset + startsAt, offset + endsAt], propertiesOf(number)),
      )
  })
}

function findNumbers(line: string, country: CountryCode | undefined) {
  return country === undefined ? findPhoneNumbersInText(line) : findPhoneNumbersInText(line, country)
}

function isWritten(line: string, start: number, end: number): boolean {
  const words = line.slice(start, end)
  if (words.startsWith('+') || /^\(?\+|^00[1-9]/.test(words)) return true
  return WRITTEN_AS_PHONE.test(words) || SAYS_PHONE.test(line.slice(0, start))
}

function propertiesOf(number: PhoneNumber): Found['properties'] {
  return {
    country: number.country ?? null,
    extension: number.ext ?? null,
    type: number.getType()?.toLowerCase() ?? null,
  }
}
