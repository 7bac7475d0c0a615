import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

export interface CertificatePair {
  /** PEM. */
  readonly cert: string
  readonly key: string
}

const ECDSA_WITH_SHA256 = '2a8648ce3d040302'
const COMMON_NAME = '550403'
const SUBJECT_ALT_NAME = '551d11'
const DAY = 86_400_000

export interface CertificateOptions {
  /** DNS names. Default `localhost`, and with it 127.0.0.1. */
  readonly names?: readonly string[]
  /** Epoch milliseconds. Default: since yesterday, until tomorrow. */
  readonly notBefore?: number
  readonly notAfter?: number
}

/**
 * A certificate of its own issuer, by default for localhost and 127.0.0.1 and valid for a day (X.509 v3, RFC 5280), by which tests tell servers apart.
 * Whoever takes it as an authority trusts it.
 */
export function selfSigned(commonName: string, options: CertificateOptions = {}): CertificatePair {
  const { names = ['localhost'], notBefore = Date.now() - DAY, notAfter = Date.now() + DAY } = options
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const algorithm = sequence(oid(ECDSA_WITH_SHA256))
  const name = sequence(der(0x31, sequence(oid(COMMON_NAME), der(0x0c, Buffer.from(commonName)))))
  const dnsNames = names.map((each) => der(0x82, Buffer.from(each)))
  // An address in it would make the name of no account where the address is what is called.
  const addresses = names.includes('localhost') ? [der(0x87, Buffer.from([127, 0, 0, 1]))] : []
  const extensions = sequence(sequence(oid(SUBJECT_ALT_NAME), der(0x04, sequence(...dnsNames, ...addresses))))
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name,
    sequence(utcTime(notBefore), utcTime(notAfter)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  )
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, privateKey)]))
  const lines =
    sequence(body, algorithm, signature)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const size = content.length
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts)
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'))
}

function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\D/g, '')
  return der(0x17, Buffer.from(`${digits.slice(2, 14)}Z`))
}
