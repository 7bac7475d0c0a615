import { LedgerNote } from '../ui/ledger-note.tsx'
import { ProblemNote } from '../ui/query-state.tsx'
import type { LedgerState } from './answers.ts'
import { useTenantGet } from './api.ts'
import { RequestFailed } from './request.ts'

const EVERY_MS = 5_000

/** On every page: what is shown may be old, and since when. While the console itself does not answer, what is read on the page says so. */
export function LedgerStanding() {
  const { data, error } = useTenantGet<LedgerState>('/ledger', { everyMs: EVERY_MS })
  if (error instanceof RequestFailed && error.problem.stale_since !== undefined) return <ProblemNote error={error} />
  return data === undefined ? null : <LedgerNote ledger={data} />
}
