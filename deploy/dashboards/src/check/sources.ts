import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { FRONT_PATH, MAKE_PATH } from '@millrace/test-support'

export const GLOBEX_PATH = '/api/webhooks/globex-support'

export interface SourcesFile {
  readonly path: string
  readonly globexSecret: string
  /** Environment that the file's references need. */
  readonly env: Readonly<Record<string, string>>
}

const DAY = 86_400_000
const reference = (name: string) => `\${${name}}`

/** Two tenants, each with a Front of its own and a secret; the first has Make besides. */
export function writeSources(path: string, callsPerMinute: number): SourcesFile {
  const globexSecret = randomBytes(16).toString('hex')
  const account = { api_token: reference('FRONT_API_TOKEN'), base_url: reference('FRONT_API_BASE_URL') }
  const limits = { rate_limit_per_minute: 6_000 }
  const inDays = (days: number) => new Date(Date.now() + days * DAY).toISOString()
  const sources = {
    accounts: [
      { name: 'default', ...account, calls_per_minute: callsPerMinute },
      { name: 'globex', tenant: 'globex', ...account, calls_per_minute: callsPerMinute },
    ],
    sources: [
      {
        ...{ name: 'front', provider: 'front', path: FRONT_PATH, ...limits },
        secrets: [{ id: 'app', secret: reference('WEBHOOK_SECRET'), not_after: inDays(200) }],
      },
      {
        ...{ name: 'make', provider: 'make', path: MAKE_PATH, synchronous: true, ...limits },
        secrets: [{ secret: reference('MAKE_COM_WEBHOOK_SECRET') }],
      },
      {
        ...{
          name: 'globex-support',
          tenant: 'globex',
          account: 'globex',
          provider: 'front',
          path: GLOBEX_PATH,
          ...limits,
        },
        secrets: [{ id: 'app', secret: reference('GLOBEX_SECRET'), not_after: inDays(60) }],
      },
    ],
  }
  // JSON is YAML.
  writeFileSync(path, JSON.stringify(sources))
  return { path, globexSecret, env: { MILLRACE_SOURCES: path, GLOBEX_SECRET: globexSecret } }
}
