/** A place in a text. */
interface Span {
  readonly start: number
  readonly end: number
}

// The words after which a number names a thing. `no`, `id` and `ref` need their mark, since they are words of their own.
const NAMED =
  /\b(?:order|invoice|inv|tracking|track|parcel|shipment|consignment|booking|reservation|confirmation|reference|ticket|case|incident|account|acct|policy|claim|contract|customer|client|member(?:ship)?|serial|part|model|sku|batch|lot|item|asset|po|purchase order|quote|quotation|awb|container|iban|bic|swift|vat|tax|ein|ssn|isbn|imei|mac|patient|mrn|nhs|rx|prescription|meter|unit|room|flight|pnr|transaction|receipt|card|passport|licen[cs]e|registration|version|build|release|firmware|commit|extension code|zip|postcode)(?: (?:id|nos?|number|num|code|ref(?:erence)?|key))?\.?(?:\s?[:#=]\s?|\s(?:is |was )?)(?:no\.?\s?|nr\.?\s?|#\s?)?((?=[A-Za-z/.-]{0,6}\d)[A-Za-z0-9][\w./-]*(?: \d[\w./-]*){0,8})/gi
// With a plus only after words for which nobody is called: `booking: +44 …` is whom to call.
const NAMED_WITH_PLUS =
  /\b(?:serial|invoice|inv|tracking|awb|imei|part|model|sku|batch|lot|vat|iban|ref(?:erence)?|transaction|receipt|po|purchase order)(?: (?:id|nos?|number|num|code|ref(?:erence)?|key))?\.?(?:\s?[:#=]\s?|\s(?:is |was )?)(\+\d[\d ()./-]*)/gi
const PATTERNS: readonly RegExp[] = [
  // Versions and IPs: three and more numbers with dots, or two after a `v`. A date with dots has a year of four figures, a phone 3.3.4 figures.
  /(?<![\w.])v\d+(?:\.\d+)+(?:[-+][\w.]+)?/gi,
  /(?<![\w.])(?!\d{1,2}\.\d{1,2}\.(?:19|20)\d\d(?!\.?\d)|\d{3}\.\d{3}\.\d{4}(?!\.?\d))\d+\.\d+\.\d+(?:\.\d+)*(?:[-+][A-Za-z][\w.]*)?(?!\w)/g,
  // Numbers and references introduced by a mark.
  /(?<!\w)#\s?\d[\d-]*/g,
  /\b(?:no|nr|id|ref)(?:\.\s?|:\s?|\s?#\s?)[A-Z]{0,5}[-/]?\d[\w/-]*/gi,
  // Letters and figures grown together: `INV-2026-0042`, `SKU4711-22`, `1Z999AA10123456784`, UUIDs, hashes.
  /(?<![\w+])(?=[A-Za-z-]*\d)(?=\d*[A-Za-z][\w-]*\d|[\d-]*[A-Za-z])[A-Z][A-Z0-9]*-\d[\w-]*/g,
  /(?<!\w)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?!\w)/gi,
  // Coordinates.
  /(?<![\w.])[-+]?\d{1,3}\.\d{3,}°?(?: ?[NSEW])?,? ?[-+]?\d{1,3}\.\d{3,}°?(?: ?[NSEW]\b)?/g,
]

/** Where a text has numbers that name a thing or a version, and so are no amount, no date and nobody's phone. */
export function identifiersIn(text: string): Span[] {
  const named = [...text.matchAll(NAMED), ...text.matchAll(NAMED_WITH_PLUS)].map((match) => {
    const end = match.index + match[0].length
    return { start: end - (match[1] ?? '').length, end }
  })
  const patterned = PATTERNS.flatMap((pattern) => [...text.matchAll(pattern)]).map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
  }))
  return [...named, ...patterned]
}
