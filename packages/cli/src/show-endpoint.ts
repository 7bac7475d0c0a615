import type { EndpointView } from '@millrace/operations'
import { conditionIn, conditionRows } from './endpoint-condition.ts'
import { writeDuration } from './read-duration.ts'

const kindWords = { general: undefined, config: 'conversation config', response: 'approved responses alone' } as const

/** An endpoint for a person: what differs from the defaults, one line each. `now`: epoch milliseconds. */
export function endpointLines(endpoint: EndpointView, now: number): string[] {
  const rows: [string, string | undefined][] = [
    ['endpoint', endpoint.endpoint_id],
    ['tenant', endpoint.tenant],
    ['kind', kindWords[endpoint.kind]],
    ['url', endpoint.url],
    ['description', endpoint.description || undefined],
    ...conditionRows(conditionIn(endpoint), endpoint.endpoint_id, now),
    ['types', endpoint.event_types.join(', ') || 'those of the message contract'],
    ['conversation', endpoint.conversation_id ?? undefined],
    ['usecase', endpoint.usecase ?? undefined],
    ['workflow', endpoint.workflow_id ?? undefined],
    ['channels', listed(endpoint.channels)],
    ['inboxes', listed(endpoint.inboxes)],
    ['tags', listed(endpoint.tags)],
    ['filter', endpoint.payload_filter ?? undefined],
    ['payload', endpoint.payload === 'event' ? 'messages like all other events' : undefined],
    ['ids', endpoint.ids === 'provider' ? "the provider's" : undefined],
    ['order', endpoint.order === 'conversation' ? 'by conversation' : undefined],
    ['retries', listed(endpoint.retry_delays_ms.map(writeDuration))],
    ['gives up after', endpoint.give_up_after_ms > 0 ? writeDuration(endpoint.give_up_after_ms) : undefined],
    ['in flight', endpoint.max_in_flight > 0 ? `at most ${endpoint.max_in_flight}` : undefined],
    ['per minute', endpoint.max_per_minute > 0 ? `at most ${endpoint.max_per_minute}` : undefined],
    ['timeout', endpoint.timeout_ms > 0 ? writeDuration(endpoint.timeout_ms) : undefined],
    ['consent', endpoint.consent === 'required' ? 'asked before the first delivery' : undefined],
    ['headers', listed(endpoint.headers)],
    ['signed', endpoint.is_signed ? undefined : 'no'],
    ...secretRows(endpoint, now),
    ['added', new Date(endpoint.created_at).toISOString()],
    ['changed', new Date(endpoint.updated_at).toISOString()],
  ]
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(15)} ${value}`]))
}

function secretRows({ secrets }: EndpointView, now: number): [string, string][] {
  return secrets.map(({ id, kind, public_key, not_after }) => {
    const end =
      not_after === null
        ? 'current'
        : `${not_after > now ? 'signs until' : 'ended'} ${new Date(not_after).toISOString()}`
    return ['secret', [id, kind, end, ...(public_key === null ? [] : [public_key])].join('  ')]
  })
}

function listed(words: readonly string[]): string | undefined {
  return words.join(', ') || undefined
}
