import { endpointsFor, readEvent } from '@millrace/domain'
import type { Endpoint, WebhookEvent } from '@millrace/schemas'
import type { Kysely } from 'kysely'
import type { z } from 'zod'
import type { Tables } from '../db/tables.ts'
import { ConsoleError } from '../errors.ts'
import { replayGroups, type replayTarget } from './schemas.ts'

export type Target = z.infer<typeof replayTarget>

/** What an endpoint takes a minute where it says nothing else: the default of the delivery service. */
const PER_MINUTE = 100

/** A target that can be replayed to. */
export interface CheckedTarget {
  /** Whether an event is for it; undefined where every event that fits by its columns is. */
  readonly wants: ((event: WebhookEvent) => boolean) | undefined
  /** A second: half of what an endpoint takes, so that live deliveries find room beside; undefined: as asked for. */
  readonly maxRate: number | undefined
}

/**
 * Looks a target up.
 * @throws ConsoleError `MR_CONSOLE_INVALID` for one that is not there, `MR_CONSOLE_CONFLICT` for an endpoint that gets nothing just now
 */
export async function checkTarget(db: Kysely<Tables>, tenant: string, target: Target): Promise<CheckedTarget> {
  if (target.kind === 'endpoint') return await checkEndpoint(db, tenant, target.name)
  if (!(replayGroups as readonly string[]).includes(target.name))
    throw invalidName(`must be one of ${replayGroups.join(', ')}`)
  return { wants: undefined, maxRate: undefined }
}

async function checkEndpoint(db: Kysely<Tables>, tenant: string, id: string): Promise<CheckedTarget> {
  const rows = await db.selectFrom('endpoints').select(['endpoint_id', 'config']).where('tenant', '=', tenant).execute()
  const endpoints = rows.map(({ config }) => config as Endpoint)
  const endpoint = endpoints.find(({ endpoint_id }) => endpoint_id === id)
  if (endpoint === undefined) throw invalidName('must be the id of an endpoint of the tenant')
  if (endpoint.kind === 'response') throw invalidName('must be an endpoint that gets events')
  if (!endpoint.is_enabled) throw disabled('its owner has disabled the endpoint: enable it first')
  const state = await db
    .selectFrom('endpoint_states')
    .select(['disabled_at', 'disabled_reason'])
    .where('tenant', '=', tenant)
    .where('endpoint_id', '=', id)
    .executeTakeFirst()
  // Enabling it anew is a later change of it.
  if (state?.disabled_at != null && endpoint.updated_at <= state.disabled_at)
    throw disabled(`the endpoint was disabled (${state.disabled_reason}): enable it first`)
  return {
    wants: (event) => isFor(event, endpoints, id),
    maxRate: (endpoint.max_per_minute || PER_MINUTE) / 2 / 60,
  }
}

/** As the delivery service decides it: of conversation configs the most specific one gets an event. */
function isFor(event: WebhookEvent, endpoints: readonly Endpoint[], id: string): boolean {
  const about = endpoints.filter(
    ({ conversation_id }) => conversation_id === null || conversation_id === event.conversation_id,
  )
  return endpointsFor(about, readEvent(event)).some(({ endpoint }) => endpoint.endpoint_id === id)
}

function invalidName(rule: string): ConsoleError {
  return new ConsoleError('MR_CONSOLE_INVALID', { problems: [{ pointer: '/target/name', detail: rule }] })
}

function disabled(detail: string): ConsoleError {
  return new ConsoleError('MR_CONSOLE_CONFLICT', { detail })
}
