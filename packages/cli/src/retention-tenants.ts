import type { TenantRetention } from '@millrace/console-client'
import type { Terminal } from './command.ts'
import { asked, consoleOf } from './console.ts'
import { CliError } from './errors.ts'
import { textTable } from './table.ts'

const DAY_MS = 86_400_000
/** Rows are looked through every ten minutes, keys of days once a day. */
const OVERDUE_AFTER_MS = 2 * DAY_MS

/** `none`: the tenant has no days of its own; `TABLES ONLY`: nothing ends its records in topics; `OVERDUE`: nobody has ended anything for two days. */
export type TenantVerdict = 'none' | 'as promised' | 'TABLES ONLY' | 'OVERDUE'

/** @param now epoch milliseconds */
export function tenantVerdict({ days, ledger, topics }: TenantRetention, now: number): TenantVerdict {
  if (days === null) return 'none'
  if (topics.means !== 'data-keys') return 'TABLES ONLY'
  const last = Math.min(ledger.enforced_at ?? 0, topics.enforced_at ?? 0)
  return now - last > OVERDUE_AFTER_MS ? 'OVERDUE' : 'as promised'
}

/**
 * Prints what the console tells of each tenant's days.
 * @returns `kept longer` where a tenant's days do not hold, `unknown` where the console cannot be asked
 */
export async function showTenants(
  terminal: Terminal,
  isJson: boolean,
  now = Date.now(),
): Promise<'as promised' | 'kept longer' | 'unknown'> {
  const client = consoleOf()
  if (client === undefined) {
    terminal.note('retention by tenant is enforced and told by the console: set MILLRACE_CONSOLE_URL')
    return 'as promised'
  }
  try {
    const { tenants } = await asked(client.GET('/api/v1/retention'))
    const rows = tenants.map((tenant) => ({ ...tenant, verdict: tenantVerdict(tenant, now) }))
    if (isJson) for (const row of rows) terminal.line(JSON.stringify(row))
    else for (const line of ['', asTable(rows)]) terminal.line(line)
    for (const row of rows) explain(row, terminal)
    return rows.some(({ verdict }) => verdict === 'TABLES ONLY' || verdict === 'OVERDUE')
      ? 'kept longer'
      : 'as promised'
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    terminal.note(`retention by tenant: ${error.message}`)
    return 'unknown'
  }
}

type Row = TenantRetention & { readonly verdict: TenantVerdict }

function asTable(rows: readonly Row[]): string {
  return textTable(
    ['TENANT', 'DAYS', 'ROWS', 'OLDEST ROW', 'ENDED LAST', 'RECORDS READABLE FROM', 'ENDED LAST', ''],
    rows.map(({ tenant, days, ledger, topics, verdict }) => [
      tenant,
      days === null ? 'as all' : `${days} d`,
      `${ledger.days} d`,
      minute(ledger.oldest_at),
      minute(ledger.enforced_at),
      topics.means === 'data-keys' ? minute(topics.readable_from) : 'as topics keep them',
      minute(topics.enforced_at),
      verdict === 'none' ? '' : verdict,
    ]),
  )
}

function explain({ tenant, days, next_days, next_from, verdict }: Row, terminal: Terminal): void {
  if (next_days !== null) terminal.note(`${tenant}: ${next_days} days hold from ${minute(next_from)} on`)
  if (verdict === 'TABLES ONLY')
    terminal.note(
      `${tenant}: without MILLRACE_ENCRYPTION its ${days} days bind the console’s tables, not topics, which tenants share: records stay as long as everybody’s`,
    )
  if (verdict === 'OVERDUE')
    terminal.note(`${tenant}: nothing was ended for two days; the console’s log says why (it needs Kafka and Redis)`)
}

function minute(at: number | null): string {
  return at === null ? '–' : `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')}Z`
}
