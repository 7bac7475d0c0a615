import { SigningError } from './errors.ts'
import type { SignatureScheme } from './scheme.ts'

export interface SignedFields {
  id?: string
  timestamp?: string
}

type Part = { text: Buffer } | { field: 'id' | 'timestamp' | 'body' }

const placeholder = /\{(id|timestamp|body)\}/
const parsed = new Map<string, readonly Part[]>()

/** Whether the template of `scheme` uses `field`. */
export function usesField(scheme: SignatureScheme, field: 'id' | 'timestamp'): boolean {
  return scheme.template.includes(`{${field}}`)
}

/**
 * The signed content as a list of byte strings, to be taken one after the other. The body is passed on as it is: it is neither
 * copied nor decoded, so every byte counts, also those that are no UTF-8.
 */
export function signedParts(scheme: SignatureScheme, fields: SignedFields, body: Buffer): Buffer[] {
  return partsOf(scheme.template).map((part) => {
    if ('text' in part) return part.text
    return part.field === 'body' ? body : Buffer.from(fields[part.field] ?? '', 'utf8')
  })
}

/** Hands on the signed content piece by piece; `writeBody` does so for the body. Returns what that returned. */
export function writeSigned<R>(
  scheme: SignatureScheme,
  fields: SignedFields,
  sink: (piece: Buffer) => void,
  writeBody: () => R,
): R | undefined {
  let result: R | undefined
  for (const part of partsOf(scheme.template)) {
    if ('text' in part) sink(part.text)
    else if (part.field === 'body') result = writeBody()
    else sink(Buffer.from(fields[part.field] ?? '', 'utf8'))
  }
  return result
}

/**
 * Checks what the types cannot say: the body is signed, the time and the id that the template names have a header, and no time is
 * trusted that is not signed.
 * @throws SigningError `MR_SIGNING_SCHEME_INVALID`
 */
export function checkScheme<S extends SignatureScheme>(scheme: S): S {
  const fault = faultOf(scheme)
  if (fault !== undefined) throw new SigningError('MR_SIGNING_SCHEME_INVALID', `Scheme ${scheme.name}: ${fault}.`)
  return scheme
}

function faultOf(scheme: SignatureScheme): string | undefined {
  if (!scheme.template.includes('{body}')) return 'the template must contain {body}'
  if (usesField(scheme, 'timestamp') !== (scheme.timestamp !== undefined))
    return 'a timestamp rule and {timestamp} in the template go together'
  if (usesField(scheme, 'id') !== (scheme.idHeader !== undefined))
    return 'an id header and {id} in the template go together'
  if (scheme.timestamp?.prefix !== undefined && scheme.separator === undefined)
    return 'a time with a prefix needs a separator that parts it from the rest of its header'
  const lists = [scheme.prefixes, scheme.encodings, scheme.variants]
  if (lists.some((list) => list.length === 0)) return 'prefixes, encodings and variants need at least one entry each'
  const headers = [scheme.header, scheme.idHeader, scheme.timestamp?.header, scheme.unlessHeader]
  if (headers.some((name) => name !== name?.toLowerCase())) return 'header names are written in lower case'
  const tolerance = scheme.timestamp?.toleranceMs ?? 0
  if (!Number.isFinite(tolerance) || tolerance < 0) return 'the tolerance is a number of milliseconds from 0'
  return undefined
}

function partsOf(template: string): readonly Part[] {
  const known = parsed.get(template)
  if (known !== undefined) return known
  const parts = parse(template)
  parsed.set(template, parts)
  return parts
}

function parse(template: string): Part[] {
  // Splitting by a group leaves the names of the placeholders at the odd places.
  return template.split(placeholder).flatMap((piece, index): Part[] => {
    if (index % 2 === 1) return [{ field: piece as 'id' | 'timestamp' | 'body' }]
    return piece === '' ? [] : [{ text: Buffer.from(piece, 'utf8') }]
  })
}
