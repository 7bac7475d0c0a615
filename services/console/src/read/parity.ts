import { type ParityReport, parityReasons, parityReport } from '@millrace/domain'
import type { ParityFinding } from '@millrace/schemas'
import { gapRepairOf } from '@millrace/service-kit'
import type { Kysely } from 'kysely'
import type { z } from 'zod'
import type { ParityFindingsTable } from '../db/finding-tables.ts'
import type { Tables } from '../db/tables.ts'
import type { parityQuery, parityReportRow } from './schemas/operations.ts'
import { modesOf, type SourcesParts } from './sources.ts'

const DAY = 86_400_000
const SHOWN_DIFFERENCES = 200
/** Findings of one account that are summed at most: one every minute for two weeks. */
const MAX_FINDINGS = 20_000

type ParityRow = z.infer<typeof parityReportRow>
type Parts = Pick<SourcesParts, 'db' | 'sources'>

/** How webhooks and polling compare, for each source that both can bring. */
export async function readParity(
  { db, sources }: Parts,
  tenant: string,
  { source: name, since }: z.infer<typeof parityQuery>,
  now = Date.now(),
): Promise<ParityRow[]> {
  const { sources: all, accounts } = sources.current()
  // Of a provider without a list of events there is nothing to compare.
  const own = all.filter((source) => source.tenant === tenant && gapRepairOf(source, accounts).state !== 'no-api')
  const modes = await modesOf(db, tenant)
  return await Promise.all(
    own
      .filter((source) => name === undefined || source.name === name)
      .map(async (source) => {
        const from = since ?? now - DAY
        const findings = await findingsOf(db, { tenant, account: source.account, since: from })
        return {
          source: source.name,
          account: source.account,
          mode: modes.get(source.name) ?? null,
          gap_repair: gapRepairOf(source, accounts),
          ...rowOf(parityReport(findings, from, now)),
        }
      }),
  )
}

async function findingsOf(
  db: Kysely<Tables>,
  { tenant, account, since }: { readonly tenant: string; readonly account: string; readonly since: number },
): Promise<ParityFinding[]> {
  const rows = await db
    .selectFrom('parity_findings')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('account', '=', account)
    .where('until', '>', since)
    .orderBy('position')
    .limit(MAX_FINDINGS)
    .execute()
  return rows.map(findingOf)
}

function findingOf({ position: _, types, delays, differences, kind, ...row }: ParityFindingsTable): ParityFinding {
  return {
    ...row,
    kind: kind === 'correction' ? 'correction' : 'window',
    types: types as ParityFinding['types'],
    delays: delays as ParityFinding['delays'],
    differences: differences as ParityFinding['differences'],
  }
}

function rowOf({ compared, totals, byType, lateness, differences, unlisted, missed, verdict }: ParityReport) {
  const shown = differences.toReversed().slice(0, SHOWN_DIFFERENCES)
  return {
    compared,
    totals: countsOf(totals),
    types: [...byType].map(([type, counts]) => ({ type, ...countsOf(counts) })),
    lateness_ms: lateness,
    differences: shown.map((each) => ({ ...each, reason_text: textOf(each.reason) })),
    unlisted: unlisted + differences.length - shown.length,
    missed: Math.max(0, missed),
    is_safe: verdict.isSafe,
    verdict: verdict.sentence,
  }
}

function countsOf({ both, webhookOnly, pollOnly }: ParityReport['totals']) {
  return { both, webhook_only: webhookOnly, poll_only: pollOnly }
}

function textOf(reason: string): string | null {
  return reason in parityReasons ? parityReasons[reason as keyof typeof parityReasons].text : null
}
