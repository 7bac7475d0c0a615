import { z } from 'zod'
import { count, pageOf, paging, time } from '../read/schemas/common.ts'

export const auditEntrySchema = z
  .object({
    sequence: count,
    tenant: z.string().describe('Empty for what concerns the whole installation.'),
    at: time,
    actor_id: z.string(),
    actor_name: z.string(),
    actor_kind: z.string().describe('`user`, `token`, `host` or `service`.'),
    action: z.string(),
    subject: z.string(),
    reason: z.string(),
    approval_id: z.string().nullable(),
    outcome: z.string().describe('`begun`, `done`, `refused` or `failed`.'),
    detail: z.record(z.string(), z.unknown()),
    hash: z.string(),
    is_open: z
      .boolean()
      .describe('`begun`, and nothing tells what came of it: it is under way, or the console stopped in its middle.'),
    is_written: z.boolean().describe('Whether the topic has it.'),
  })
  .meta({ id: 'AuditEntry' })

export const auditPage = pageOf(auditEntrySchema).meta({ id: 'AuditPage' })

const word = z.string().max(500).optional()

export const auditQuery = z.object({
  actor: word.describe('Id, or part of the name.'),
  action: word.describe('An action, or what one begins with.'),
  subject: word.describe('Part of the subject.'),
  approval: word.describe('Id of an approval.'),
  ...paging,
})

export const auditVerdict = z
  .object({
    is_intact: z.boolean(),
    entries: count,
    repeated: count.describe('Records that repeat an entry byte for byte, as after a lost answer of Kafka.'),
    first_sequence: count.nullable(),
    head: z.object({ sequence: count, hash: z.string() }).describe('Note it: with it a cut-off end is found later.'),
    problem: z.string().nullable().describe('The first problem in words.'),
    problems: z.array(
      z.object({
        offset: z.string().nullable(),
        sequence: z.number().int().nullable(),
        rule: z.string(),
        detail: z.string(),
      }),
    ),
    problem_count: count,
  })
  .meta({ id: 'AuditVerdict' })
