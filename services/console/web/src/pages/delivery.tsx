import { Link } from 'wouter'
import type { DeliveryDetail } from '../app/answers.ts'
import { useTenantGet } from '../app/api.ts'
import { CopyText } from '../ui/copy-text.tsx'
import { Facts, Page, Panel } from '../ui/page.tsx'
import { Empty, QueryState } from '../ui/query-state.tsx'
import { BothTimes } from '../ui/time.tsx'
import { formatDuration } from '../ui/time-format.ts'
import { AttemptList } from './deliveries/attempt-list.tsx'
import { DeliveryState } from './deliveries/delivery-table.tsx'

/** One delivery: every try of it, where its time went and what the endpoint answered. */
export function DeliveryPage({ id }: { readonly id: string }) {
  const query = useTenantGet<DeliveryDetail>(`/deliveries/${encodeURIComponent(id)}`, { everyMs: 5_000 })
  const title = query.data ? `Delivery of ${query.data.event_type}` : 'Delivery'
  return (
    <Page title={title}>
      <QueryState query={query}>
        {(delivery) => (
          <div className="stack">
            <DeadNote of={delivery} />
            <Panel title="Delivery">
              <Facts of={facts(delivery)} />
            </Panel>
            <Panel title="Tries" isFlush>
              {delivery.tries.length === 0 ? (
                <Empty title="Not tried yet.">
                  {delivery.due_at === null
                    ? 'It is on its way to the endpoint.'
                    : 'Its next try is due at the time above.'}
                </Empty>
              ) : (
                <AttemptList of={delivery.tries} />
              )}
            </Panel>
          </div>
        )}
      </QueryState>
    </Page>
  )
}

function DeadNote({ of: { dead_letter, error_message } }: { readonly of: DeliveryDetail }) {
  if (dead_letter === null) return null
  return (
    <div className="note is-bad">
      <span>
        <strong>Given up.</strong> {error_message} It lies in the dead letters and can be put back into the line.
      </span>
      <Link className="button is-small" href={`/dead-letters?topic=${encodeURIComponent(dead_letter.topic)}`}>
        Dead letters
      </Link>
    </div>
  )
}

function facts(of: DeliveryDetail) {
  const tookMs = of.ended_at === null ? undefined : of.ended_at - of.requested_at
  return [
    ['State', <DeliveryState key="state" of={of} />],
    ['webhook-id', <CopyText key="id" text={of.delivery_id} what="webhook-id" />],
    [
      'Event',
      <Link key="event" className="mono" href={`/events/${encodeURIComponent(of.event_id)}`}>
        {of.event_id}
      </Link>,
    ],
    [
      'Endpoint',
      <Link key="endpoint" className="mono" href={`/endpoints/${encodeURIComponent(of.endpoint_id)}`}>
        {of.endpoint_id}
      </Link>,
    ],
    [
      'Conversation',
      of.conversation_id !== null && (
        <Link key="conversation" className="mono" href={`/conversations/${encodeURIComponent(of.conversation_id)}`}>
          {of.conversation_id}
        </Link>
      ),
    ],
    ['Replay run', of.run_id !== null && <CopyText key="run" text={of.run_id} what="run id" />],
    ['Requested', <BothTimes key="requested" at={of.requested_at} />],
    ['Next try', of.ended_at === null && of.due_at !== null && <BothTimes key="due" at={of.due_at} />],
    ['Ended', of.ended_at !== null && <BothTimes key="ended" at={of.ended_at} />],
    ['Took', tookMs !== undefined && formatDuration(tookMs)],
  ] as const
}
