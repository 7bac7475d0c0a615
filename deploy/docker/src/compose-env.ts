import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '@millrace/local'

const example = join(root, 'deploy/compose/example.env')

const newSecrets: Readonly<Record<string, () => string>> = {
  WEBHOOK_SECRET: () => randomBytes(32).toString('hex'),
  MAKE_COM_WEBHOOK_SECRET: () => randomBytes(24).toString('hex'),
  CONSOLE_ADMIN_TOKEN: () => randomBytes(32).toString('hex'),
  GATEWAY_STATUS_TOKEN: () => randomBytes(24).toString('hex'),
  MILLRACE_SECRET_KEYS: () => `compose:${randomBytes(32).toString('base64')}`,
  POSTGRES_PASSWORD: () => randomBytes(24).toString('hex'),
  GRAFANA_PASSWORD: () => randomBytes(12).toString('hex'),
  // An id that begins with a dash is taken for an option.
  KAFKA_CLUSTER_ID: () => `M${randomBytes(16).toString('base64url').slice(1)}`,
  RECEIVER_SECRET: () => `whsec_${randomBytes(32).toString('base64')}`,
}

/** The text of deploy/compose/example.env with new secrets for what it leaves empty. */
export function newComposeEnv(): string {
  return readFileSync(example, 'utf8').replaceAll(/^([A-Z_]+)=$/gm, (line, name: string) => {
    const make = newSecrets[name]
    return make === undefined ? line : `${name}=${make()}`
  })
}

/** Writes such a file, readable by its owner alone, where there is none. @returns whether it did */
export function writeComposeEnv(file: string): boolean {
  if (existsSync(file)) return false
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, newComposeEnv(), { mode: 0o600 })
  return true
}
