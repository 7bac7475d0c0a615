import { z } from 'zod'

const time = z.int().nullable()

export const tenantRetention = z
  .object({
    tenant: z.string(),
    days: z
      .int()
      .nullable()
      .describe(
        '`retention_days` of the tenant in the sources file, as it holds now; null: what is kept for everybody.',
      ),
    next_days: z.int().nullable().describe('Fewer days that were asked for and do not hold yet.'),
    next_from: time.describe('From when on they hold, epoch milliseconds.'),
    ledger: z.object({
      days: z.int().describe('Days for which rows of events, deliveries and findings are kept.'),
      payload_days: z.int(),
      oldest_at: time.describe('When the oldest event or delivery came that is there.'),
      enforced_at: time.describe('When rows past the tenant’s own days were removed last; null where it has none.'),
    }),
    topics: z.object({
      means: z
        .enum(['data-keys', 'topic-retention'])
        .describe(
          '`data-keys`: records past the days cannot be read, because the keys of their day have ended. `topic-retention`: encryption is off, and records stay as long as their topic keeps everybody’s.',
        ),
      readable_from: time.describe('Encrypted records from before then cannot be read; null while no keys have ended.'),
      oldest_key_day: z.string().nullable().describe('Day of the oldest data key that is left, yyyymmdd.'),
      enforced_at: time.describe('When keys were looked through last.'),
    }),
  })
  .meta({ id: 'TenantRetention' })

export const retentionReport = z.object({ tenants: z.array(tenantRetention) }).meta({ id: 'RetentionReport' })
