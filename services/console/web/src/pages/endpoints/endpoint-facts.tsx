import type { Endpoint } from '../../app/answers.ts'
import { CopyText } from '../../ui/copy-text.tsx'
import { Facts } from '../../ui/page.tsx'
import { BothTimes, Time } from '../../ui/time.tsx'
import { formatDuration } from '../../ui/time-format.ts'
import { endpointKindWords } from './kind-words.ts'
import { narrowings } from './narrowings.ts'

/** What an endpoint is told about and how; what has its default says so. */
export function EndpointFacts({ of }: { readonly of: Endpoint }) {
  return (
    <Facts
      of={[
        [
          'URL',
          <span key="url" className="break">
            {of.url}
          </span>,
        ],
        ['Id', <CopyText key="id" text={of.endpoint_id} what="endpoint id" />],
        ['Kind', endpointKindWords(of.kind)],
        ['Events', of.event_types.join(', ') || 'those of the message contract'],
        ['Only', narrowings(of).join('; ')],
        ['Workflow', of.workflow_id],
        ['Pattern', of.payload_filter !== null && <code key="pattern">{of.payload_filter}</code>],
        [
          'Payload',
          of.payload === 'event' ? 'everything as {type, timestamp, data}' : 'messages in the message contract',
        ],
        ['Ids', of.ids === 'provider' ? 'the provider’s own' : 'UUIDs'],
        ['Order', of.order === 'conversation' ? 'one by one within a conversation' : 'as fast as it can'],
        ['Consent', of.consent === 'required' ? 'asked before the first delivery' : 'not asked'],
        ['Retries', of.retry_delays_ms.map(formatDuration).join(', ') || 'default'],
        ['Limits', limits(of)],
        ['Headers', of.headers.join(', ')],
        ['Signed', of.is_signed ? <Secrets key="secrets" of={of.secrets} /> : 'no'],
        ['Added', <BothTimes key="added" at={of.created_at} />],
        ['Changed', <BothTimes key="changed" at={of.updated_at} />],
      ]}
    />
  )
}

function limits({ max_per_minute, max_in_flight, timeout_ms, give_up_after_ms }: Endpoint): string {
  const parts = [
    max_per_minute > 0 ? `${max_per_minute} a minute` : '',
    max_in_flight > 0 ? `${max_in_flight} at the same time` : '',
    timeout_ms > 0 ? `${formatDuration(timeout_ms)} a try` : '',
    give_up_after_ms > 0 ? `given up after ${formatDuration(give_up_after_ms)}` : '',
  ]
  return parts.filter(Boolean).join(', ') || 'default'
}

function Secrets({ of }: { readonly of: Endpoint['secrets'] }) {
  return (
    <ul>
      {of.map(({ id, kind, created_at, not_after, public_key }) => (
        <li key={id}>
          {kind}, since <Time at={created_at} />
          {not_after !== null && (
            <span className="soft">
              , signs until <Time at={not_after} />
            </span>
          )}
          {public_key !== null && (
            <div>
              <CopyText text={public_key} what="public key" />
            </div>
          )}
        </li>
      ))}
    </ul>
  )
}
