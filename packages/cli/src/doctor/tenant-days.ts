import { readSources } from '@millrace/service-kit'
import type { CliSettings } from '../settings.ts'
import { type Finding, failure, firstOf, ok, skipped } from './finding.ts'

/** Whether the days that tenants have of their own can hold in topics, which tenants share. Asks nobody. */
export async function checkTenantDays(settings: CliSettings): Promise<Finding> {
  const part = 'retention by tenant'
  const { tenants } = await readSources(settings)
  const own = tenants.flatMap(({ name, retentionDays: days }) => (days === undefined ? [] : [`${name} ${days} d`]))
  if (own.length === 0) return skipped(part, 'no tenant has retention_days')
  if (settings.encryption) return ok(part, `${firstOf(own, ', ')}; millrace retention says what was ended last`)
  return failure(
    part,
    `without encryption days bind the console’s tables, not topics: ${firstOf(own, ', ')}`,
    'MILLRACE_ENCRYPTION=true in every service (docs/encryption.md), or take retention_days out of the sources file',
  )
}
