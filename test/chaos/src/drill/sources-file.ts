import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { FRONT_PATH, MAKE_PATH } from '@millrace/test-support'

/** The installation's sources, followed while services run: Front, Make, and a partner of whom drills make what they need. */
export interface SourcesFile {
  readonly file: string
  readonly partnerSecret: string
  readonly partnerPath: string
  /** The partner's secret ends then; never by default. Epoch milliseconds. */
  write(partnerNotAfter?: number): void
  /** What no service takes. */
  break(): void
}

const reference = (name: string) => `\${${name}}`

export function createSourcesFile(file: string): SourcesFile {
  const limits = { rate_limit_per_minute: 1_000_000 }
  const write = (notAfter?: number) => {
    const ends = notAfter === undefined ? {} : { not_after: new Date(notAfter).toISOString() }
    const sources = {
      accounts: [
        {
          name: 'default',
          api_token: reference('FRONT_API_TOKEN'),
          base_url: reference('FRONT_API_BASE_URL'),
          calls_per_minute: 6_000,
        },
      ],
      sources: [
        {
          ...{ name: 'front', provider: 'front', path: FRONT_PATH, ...limits },
          secrets: [{ secret: reference('WEBHOOK_SECRET') }],
        },
        {
          ...{ name: 'make', provider: 'make', path: MAKE_PATH, synchronous: true, ...limits },
          secrets: [{ secret: reference('MAKE_COM_WEBHOOK_SECRET') }],
        },
        {
          ...{ name: 'partner', provider: 'standard-webhooks', ...limits },
          secrets: [{ id: 'partner', secret: reference('PARTNER_SECRET'), ...ends }],
        },
      ],
    }
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(sources))
  }
  write()
  return {
    file,
    partnerSecret: `whsec_${randomBytes(24).toString('base64')}`,
    partnerPath: '/api/webhooks/partner',
    write,
    break: () => writeFileSync(file, 'sources: [{ name: nobody, provider: unheard-of }]\n'),
  }
}
