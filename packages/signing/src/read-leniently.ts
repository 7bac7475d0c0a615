import type { FoundMistake } from './mistakes.ts'
import type { Headers, SignatureScheme } from './scheme.ts'
import { readSignatures } from './signature.ts'

/** A signature as a sender may have meant it, with what is wrong about how it is written. */
export interface MeantSignature {
  readonly bytes: Buffer
  readonly mistakes: readonly FoundMistake[]
}

const lengths = new Set([20, 32, 64])
const maxSignatures = 12
const maxOtherHeaders = 40
const prefixed = /^([A-Za-z][A-Za-z0-9_-]{0,15}[=,: ] ?)(.+)$/

/** Every signature that the header can mean; when there is none, those of other headers. The best written first. */
export function readLeniently(scheme: SignatureScheme, headers: Headers): MeantSignature[] {
  const value = headers[scheme.header]
  if (value !== undefined && value !== '') return best(meantIn(scheme, value))
  const others = Object.entries(headers).slice(0, maxOtherHeaders)
  const found = others.flatMap(([header, text = '']) =>
    meantIn(scheme, text).map(({ bytes, mistakes }) => ({
      bytes,
      mistakes: [...mistakes, { name: 'signature-header', header } as const],
    })),
  )
  return best(found)
}

function meantIn(scheme: SignatureScheme, value: string): MeantSignature[] {
  const right = readSignatures(scheme, { [scheme.header]: value })
  if (typeof right !== 'string') return right.map((bytes) => ({ bytes, mistakes: [] }))
  const { separator } = scheme
  const items = separator === undefined ? [value] : value.split(separator)
  return [...new Set([...items, ...value.split(/[,; ]+/)])].slice(0, 32).flatMap((item) => meantBy(scheme, item.trim()))
}

function meantBy(scheme: SignatureScheme, item: string): MeantSignature[] {
  const known = scheme.prefixes.filter((prefix) => prefix !== '' && item.startsWith(prefix))
  const split = prefixed.exec(item)
  const readings: (readonly [string, string])[] = [
    ...known.map((prefix) => [prefix, item.slice(prefix.length)] as const),
    ['', item],
    ...(split === null ? [] : [[split[1] ?? '', split[2] ?? ''] as const]),
  ]
  return readings.flatMap(([prefix, text]) =>
    decode(text).map(({ bytes, encoding }) => {
      const isOddPrefix = !scheme.prefixes.includes(prefix)
      const isOddEncoding = !(scheme.encodings as readonly string[]).includes(encoding)
      const wrong: FoundMistake[] = []
      if (isOddPrefix) wrong.push({ name: 'signature-prefix' })
      if (isOddEncoding) wrong.push({ name: 'signature-encoding' })
      return { bytes, mistakes: wrong }
    }),
  )
}

function decode(text: string): { bytes: Buffer; encoding: string }[] {
  if (text.length < 27 || text.length > 200) return []
  const found: { bytes: Buffer; encoding: string }[] = []
  const take = (bytes: Buffer, encoding: string) => lengths.has(bytes.length) && found.push({ bytes, encoding })
  if (/^(?:[0-9a-f]{2})+$/i.test(text)) take(Buffer.from(text, 'hex'), 'hex')
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return found
  const bytes = Buffer.from(text, 'base64')
  take(bytes, bytes.toString('base64') === text ? 'base64' : 'base64url')
  const inner = bytes.toString('latin1')
  if (/^(?:[0-9a-f]{2})+$/i.test(inner)) take(Buffer.from(inner, 'hex'), 'base64 of hex')
  return found
}

function best(found: readonly MeantSignature[]): MeantSignature[] {
  const sorted = [...found].sort((a, b) => a.mistakes.length - b.mistakes.length)
  const isFirst = ({ bytes }: MeantSignature, place: number) =>
    sorted.findIndex((other) => other.bytes.equals(bytes)) === place
  return sorted.filter(isFirst).slice(0, maxSignatures)
}
