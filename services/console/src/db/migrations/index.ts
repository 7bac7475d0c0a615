import type { Migration } from 'kysely/migration'
import { up as ledger } from './001-ledger.ts'
import { up as access } from './002-access.ts'
import { up as approvals } from './003-approvals.ts'
import { up as replays } from './004-replays.ts'
import { up as reading } from './005-reading.ts'
import { up as lookups } from './006-lookups.ts'
import { up as people } from './007-people.ts'
import { up as sealed } from './008-sealed.ts'
import { up as erasures } from './009-erasures.ts'
import { up as tenantRetention } from './010-tenant-retention.ts'
import { up as erasureLookups } from './011-erasure-lookups.ts'

/** In the order in which they run; a released one never changes. */
export const migrations: Readonly<Record<string, Migration>> = {
  '001-ledger': { up: ledger },
  '002-access': { up: access },
  '003-approvals': { up: approvals },
  '004-replays': { up: replays },
  '005-reading': { up: reading },
  '006-lookups': { up: lookups },
  '007-people': { up: people },
  '008-sealed': { up: sealed },
  '009-erasures': { up: erasures },
  '010-tenant-retention': { up: tenantRetention },
  '011-erasure-lookups': { up: erasureLookups },
}
