import type { Migration } from 'kysely/migration'
import * as ledger from './001-ledger.ts'
import * as access from './002-access.ts'
import * as approvals from './003-approvals.ts'
import * as replays from './004-replays.ts'
import * as reading from './005-reading.ts'

/** In the order in which they run; a released one never changes. */
export const migrations: Readonly<Record<string, Migration>> = {
  '001-ledger': ledger,
  '002-access': access,
  '003-approvals': approvals,
  '004-replays': replays,
  '005-reading': reading,
}
