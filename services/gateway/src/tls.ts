import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync, type StatsListener, unwatchFile, watchFile } from 'node:fs'
import { createSecureContext, type SecureContextOptions, type Server } from 'node:tls'
import type { Log } from '@millrace/kafka'
import { ServiceKitError } from '@millrace/service-kit'

export interface TlsFiles {
  /** PEM: the certificate, then those of its issuers. */
  readonly certFile: string
  /** PEM, not encrypted. */
  readonly keyFile: string
}

/** RFC 8996 forbids what came before 1.2. */
const MIN_VERSION = 'TLSv1.2'
const LOOK_EVERY_MS = 2_000

/**
 * The files that the settings name; undefined when they name none.
 * @throws ServiceKitError `MR_SETTINGS_INVALID` when they name one of the two
 */
export function tlsFilesOf(settings: {
  readonly tlsCertFile: string | undefined
  readonly tlsKeyFile: string | undefined
}): TlsFiles | undefined {
  const { tlsCertFile: certFile, tlsKeyFile: keyFile } = settings
  if (certFile === undefined && keyFile === undefined) return undefined
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile }
  const missing = certFile === undefined ? 'GATEWAY_TLS_CERT_FILE' : 'GATEWAY_TLS_KEY_FILE'
  throw new ServiceKitError('MR_SETTINGS_INVALID', `${missing} is missing: a certificate and its key go together`)
}

/**
 * Reads a certificate and its key for a server.
 * @throws ServiceKitError `MR_SETTINGS_INVALID` that names the file and what is wrong with it
 */
export function readTls({ certFile, keyFile }: TlsFiles): SecureContextOptions {
  const cert = read('GATEWAY_TLS_CERT_FILE', certFile)
  const key = read('GATEWAY_TLS_KEY_FILE', keyFile)
  const options = { cert, key, minVersion: MIN_VERSION } as const
  try {
    createSecureContext(options)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ServiceKitError(
      'MR_SETTINGS_INVALID',
      `GATEWAY_TLS_CERT_FILE=${certFile} and GATEWAY_TLS_KEY_FILE=${keyFile} are no pair: ${reason}`,
      { cause },
    )
  }
  return options
}

function read(setting: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ServiceKitError('MR_SETTINGS_INVALID', `${setting}=${file} cannot be read: ${reason}`, { cause })
  }
}

/**
 * Uses a changed pair for new connections within some seconds; open ones go on with theirs. A pair that is not whole (of two files one is always
 * written first) or is broken leaves the old one, and says why once. Returns what ends the watching.
 */
export function watchTls(server: Pick<Server, 'setSecureContext'>, files: TlsFiles, log: Log): () => void {
  let used = fingerprint(readTls(files))
  let told = ''
  const reload = () => {
    try {
      const next = readTls(files)
      const found = fingerprint(next)
      told = ''
      if (found === used) return
      server.setSecureContext(next)
      used = found
      log.info({ valid_until: new X509Certificate(next.cert as Buffer).validTo }, 'certificate changed')
    } catch (error) {
      const reason = (error as Error).message
      if (reason !== told) log.warn({ reason }, 'the changed certificate is not used, the old one stays')
      told = reason
    }
  }
  // By looking, not by events: a secret that is mounted changes by a symbolic link somewhere above the file.
  const listener: StatsListener = reload
  for (const file of [files.certFile, files.keyFile])
    watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, listener)
  return () => {
    for (const file of [files.certFile, files.keyFile]) unwatchFile(file, listener)
  }
}

/** Certificate and key together: a renewed certificate may keep its key, and a new key its name. */
function fingerprint({ cert, key }: SecureContextOptions): string {
  return createHash('sha256').update(String(cert)).update('\0').update(String(key)).digest('hex')
}
