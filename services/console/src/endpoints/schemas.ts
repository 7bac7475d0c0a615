import { configInput, endpointChanges, MAX_CONFIGS_AT_ONCE, modeInput, newEndpointInput } from '@millrace/operations'
import { z } from 'zod'
import { count, idText, pageOf, paging, time } from '../read/schemas/common.ts'
import { deliveryAttempt } from '../read/schemas/deliveries.ts'
import { ingestMode } from '../read/schemas/operations.ts'

/** What may be shown of an endpoint; never a secret. */
export const endpointSchema = z
  .object({
    tenant: z.string(),
    endpoint_id: z.string(),
    url: z.string(),
    kind: z
      .enum(['general', 'config', 'response'])
      .describe('`config`: of a conversation config. `response`: gets only what a person approved for it.'),
    description: z.string(),
    event_types: z.array(z.string()),
    conversation_id: z.string().nullable(),
    usecase: z.string().nullable(),
    workflow_id: z.string().nullable(),
    channels: z.array(z.string()),
    inboxes: z.array(z.string()),
    tags: z.array(z.string()),
    payload_filter: z.string().nullable(),
    payload: z.enum(['message', 'event']),
    ids: z.enum(['uuid', 'provider']),
    secrets: z.array(
      z.object({
        id: z.string(),
        kind: z.enum(['v1', 'v1a']),
        public_key: z.string().nullable(),
        created_at: time,
        not_after: time.nullable().describe('From then on it signs no more; null for the current one.'),
      }),
    ),
    is_signed: z.boolean(),
    headers: z.array(z.string()).describe('Names of its extra headers.'),
    order: z.enum(['none', 'conversation']),
    retry_delays_ms: z.array(z.number()),
    give_up_after_ms: count,
    max_in_flight: count,
    max_per_minute: count,
    timeout_ms: count,
    consent: z.enum(['none', 'required']),
    is_enabled: z.boolean(),
    created_at: time,
    updated_at: time,
    state: z
      .enum(['enabled', 'disabled', 'gone', 'failing'])
      .describe('`disabled`: by its owner. `gone` (it answered 410) and `failing` (only failures): by the service.'),
    disabled_at: time.nullable(),
    breaker: z.enum(['closed', 'open', 'half_open']),
    next_probe_at: time.nullable(),
    failing_since: time.nullable(),
    blocked_until: time.nullable(),
  })
  .meta({ id: 'Endpoint' })

export const endpointPage = pageOf(endpointSchema).meta({ id: 'EndpointPage' })

export const endpointsQuery = z.object({
  kind: z.enum(['general', 'config', 'response']).or(z.literal('')).optional(),
  q: z.string().max(500).optional().describe('Part of its id, URL or description.'),
  ...paging,
})

export const endpointParams = z.object({ id: idText })

const why = { reason: z.string().max(1_000).optional() }

export const newEndpointBody = newEndpointInput
export const endpointChangesBody = endpointChanges
export const configsBody = z.array(configInput).min(1).max(MAX_CONFIGS_AT_ONCE).meta({ id: 'ConversationConfigs' })

/** After a change, with what is told only now. */
export const changedEndpoint = z
  .object({
    endpoint: endpointSchema,
    secrets: z.array(z.string()).describe('New whsec_ secrets: never shown again.'),
    public_keys: z.array(z.string()).describe('Of new ed25519 keys, with which receivers verify.'),
    notes: z.array(z.string()).describe('What is taken and more often a slip than a plan.'),
  })
  .meta({ id: 'ChangedEndpoint' })

export const changedConfigs = z.object({ items: z.array(changedEndpoint) }).meta({ id: 'ChangedConfigs' })

export const rotatedSecrets = z
  .object({
    endpoint_id: z.string(),
    secrets: z.array(z.string()),
    public_keys: z.array(z.string()),
    old_until: time.nullable().describe('Until when the old secret signs too.'),
  })
  .meta({ id: 'RotatedSecrets' })

export const resealBody = z
  .strictObject({ dry_run: z.boolean().default(false).describe('Count only: nothing is written.') })
  .meta({ id: 'ResealEndpoints' })

export const resealedEndpoints = z
  .object({
    key_id: z.string().describe('The key of MILLRACE_SECRET_KEYS that all are encrypted with now.'),
    written: count.describe('Encrypted anew, or to be.'),
    current: count,
    failed: z
      .array(z.object({ tenant: z.string(), endpoint_id: z.string(), reason: z.string() }))
      .describe('What none of the keys opens; it is left as it is.'),
  })
  .meta({ id: 'ResealedEndpoints' })

export const endpointTest = z.object({ delivery_id: z.string(), attempt: deliveryAttempt }).meta({ id: 'EndpointTest' })

export const checkBody = z
  .strictObject({ url: z.string().max(4_096), consent: z.enum(['none', 'required']).optional() })
  .meta({ id: 'CheckEndpoint' })

export const endpointCheck = z
  .object({
    is_accepted: z.boolean(),
    rule: z.string().nullable().describe('The rule that refuses it.'),
    detail: z.string().nullable(),
    consent: z
      .object({ is_granted: z.boolean(), detail: z.string() })
      .nullable()
      .describe('Null: the delivery service asks with the first delivery; a test send shows what came of it.'),
  })
  .meta({ id: 'EndpointCheck' })

export const modeBody = modeInput.safeExtend(why).meta({ id: 'SetMode' })
export const sourceParams = z.object({ source: idText })

export const modeAnswer = z
  .object({ source: z.string(), was: ingestMode.nullable(), now: ingestMode })
  .meta({ id: 'ModeSet' })
