import { z } from 'zod'
import { count, idText, pageOf, paging, time, timeQuery } from './common.ts'

export const noticeRow = z
  .object({
    notice_id: z.string(),
    at: time,
    severity: z.enum(['info', 'warning', 'critical']).or(z.string()),
    kind: z.string(),
    writer: z.string().describe('The service that found it.'),
    subject: z.string().nullable().describe('Name of a source, id of an endpoint …'),
    text: z.string(),
    details: z.unknown(),
  })
  .meta({ id: 'Notice' })

export const noticesQuery = z.object({
  severity: z.enum(['info', 'warning', 'critical']).optional(),
  kind: z.string().max(100).optional(),
  since: timeQuery.optional(),
  ...paging,
})

export const noticePage = pageOf(noticeRow).meta({ id: 'NoticePage' })

export const ingestMode = z
  .object({
    mode: z.enum(['webhook', 'polling', 'parallel']).or(z.string()),
    inboxes: z.array(z.string()).describe('The mode holds for conversations of these; empty: all.'),
    percent: z.number().describe('The mode holds for this share of the conversations.'),
    changed_at: time,
    changed_by: z.string().describe('`person` or `trigger`.'),
    reason: z.string(),
  })
  .meta({ id: 'IngestMode' })

export const sourceRow = z
  .object({
    name: z.string(),
    account: z.string(),
    provider: z.string(),
    url: z.string().describe('What its sender posts to; a path alone where the gateway’s address is not known.'),
    schemes: z.array(z.string()),
    secret_ids: z.array(z.string()),
    is_synchronous: z.boolean(),
    is_enabled: z.boolean(),
    max_body_bytes: count,
    rate_limit_per_minute: count,
    tolerance_ms: count,
    gap_repair: z.object({ state: z.enum(['possible', 'no-api-token', 'no-api']), text: z.string() }),
    mode: ingestMode.nullable().describe('Null where none was ever set: webhooks count.'),
    last_event_at: time.nullable(),
    events_last_day: count,
    refused_last_day: count,
    last_refused: z
      .object({
        at: time,
        rule: z.string(),
        scheme: z.string(),
        mistakes: z.array(z.string()).describe('Known mistakes that together explain it.'),
        is_explained: z.boolean(),
      })
      .nullable(),
  })
  .meta({ id: 'Source' })

export const sourceList = z.object({ items: z.array(sourceRow) }).meta({ id: 'SourceList' })

const parityCounts = z.object({ both: count, webhook_only: count, poll_only: count })
const lateness = z.object({
  p50: count.nullable(),
  p90: count.nullable(),
  p99: count.nullable(),
  max: count.nullable(),
})

export const parityReportRow = z
  .object({
    source: z.string(),
    account: z.string(),
    mode: ingestMode.nullable(),
    gap_repair: z.object({ state: z.enum(['possible', 'no-api-token', 'no-api']), text: z.string() }),
    compared: z.object({ since: time, until: time }).nullable().describe('Null when nothing was compared.'),
    totals: parityCounts,
    types: z.array(parityCounts.extend({ type: z.string() })),
    lateness_ms: z.object({ webhook: lateness, poll: lateness }),
    differences: z
      .array(
        z.object({
          event_id: z.string(),
          type: z.string(),
          seen_by: z.enum(['webhook', 'poll', 'both']).or(z.string()),
          occurred_at: time,
          conversation_id: z.string().nullable(),
          reason: z.string(),
          reason_text: z.string().nullable(),
        }),
      )
      .describe('Newest first, at most 200.'),
    unlisted: count.describe('Differences that are counted and not listed.'),
    missed: count.describe('Events that webhooks should have brought and polling did.'),
    is_safe: z.boolean().describe('Whether cutting over to webhooks is proven safe.'),
    verdict: z.string(),
  })
  .meta({ id: 'ParityReport' })

export const parityQuery = z.object({
  source: idText.optional(),
  since: timeQuery.optional().describe('Events from then on; default: the last 24 hours.'),
})

export const parityList = z.object({ items: z.array(parityReportRow) }).meta({ id: 'ParityList' })

export const settingRow = z
  .object({
    name: z.string().describe('The environment variable.'),
    value: z.string().nullable().describe('Null where it is not set; a secret’s is masked.'),
    origin: z.string().describe('`default`, `environment`, or the file that sets it.'),
    is_secret: z.boolean(),
    doc: z.string(),
  })
  .meta({ id: 'Setting' })

export const settingList = z
  .object({ version: z.string(), items: z.array(settingRow).describe('Of the console, by name.') })
  .meta({ id: 'SettingList' })
