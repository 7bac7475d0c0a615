import { type FrontClient, FrontError } from '@millrace/front-client'
import { type Account, readSources, withFrontClients } from '@millrace/service-kit'
import { quietLog } from '../quiet-log.ts'
import type { CliSettings } from '../settings.ts'
import { type Finding, failure, ok, warning } from './finding.ts'

const CALL_WITHIN_MS = 10_000
/** The calls wait for their turn in the budget behind everything urgent, and no longer than this. */
const TURN_WITHIN_MS = 60_000

/** What each call needs of the token, and what is missing without it. */
const reads: readonly {
  readonly what: string
  readonly without: string
  call(client: FrontClient): Promise<unknown>
}[] = [
  {
    what: 'conversations',
    without: 'snapshots are made of events alone, reconciliation finds nothing',
    call: (client) => client.listConversations({ lane: 'reconciliation', maxWaitMs: TURN_WITHIN_MS, limit: 1 }),
  },
  {
    what: 'events',
    without: 'lost webhooks are not found, polling is not possible',
    call: (client) => client.listEvents({ lane: 'reconciliation', maxWaitMs: TURN_WITHIN_MS }),
  },
  {
    what: 'inboxes',
    without: 'polled events of private inboxes cannot be told from those of shared ones',
    call: (client) => client.listInboxes({ lane: 'reconciliation', maxWaitMs: TURN_WITHIN_MS }),
  },
]

/** Each account's token: whether Front takes it, and which scopes it lacks. Three calls of the account's plan. */
export async function checkFront(settings: CliSettings): Promise<Finding[]> {
  const sources = await readSources(settings)
  return withFrontClients(
    { settings, sources, log: quietLog, callTimeoutMs: CALL_WITHIN_MS, secretKeys: settings.secretKeys },
    async (clients) => {
      const findings: Finding[] = []
      for (const account of sources.accounts) findings.push(await accountFinding(account, clients))
      return findings
    },
  )
}

async function accountFinding(
  account: Account,
  clients: { of(tenant: string, account: string): FrontClient | undefined },
): Promise<Finding> {
  const part = `Front, account ${account.name}`
  const client = clients.of(account.tenant, account.name)
  if (client === undefined)
    return warning(
      part,
      'has no API token: gaps cannot be repaired, previews stay partial',
      'FRONT_API_TOKEN, or `token` of the account in the sources file (docs/front-setup.md names the scopes)',
    )
  const lacks: string[] = []
  for (const { what, without, call } of reads) {
    try {
      await call(client)
    } catch (error) {
      if (!(error instanceof FrontError)) throw error
      if (error.code === 'MR_FRONT_UNAUTHORIZED') return refused(part)
      if (error.code !== 'MR_FRONT_FORBIDDEN') return away(part, error)
      const scopes = error.missingScopes.length > 0 ? ` (${error.missingScopes.join(', ')})` : ''
      lacks.push(`${what}${scopes}: ${without}`)
    }
  }
  if (lacks.length === 0) return ok(part, 'takes the token, which may read conversations, events and inboxes')
  return failure(
    part,
    `the token may not read ${lacks.join('; ')}`,
    'give it the scopes in Front: Settings, API tokens',
  )
}

const refused = (part: string) =>
  failure(part, 'Front refuses the token', 'make a new one in Front (Settings, API tokens) and set it')

const away = (part: string, { message }: FrontError) =>
  failure(part, `no answer of use: ${message}`, 'check FRONT_API_BASE_URL and the way to Front’s API from here')
