import { Link } from 'wouter'
import type { EventDetail } from '../../app/answers.ts'
import { Badge, Status } from '../../ui/badge.tsx'
import { CopyText } from '../../ui/copy-text.tsx'
import { Facts, Panel } from '../../ui/page.tsx'
import { BothTimes } from '../../ui/time.tsx'
import { conversationHref } from '../events/columns.tsx'

/** What is known of the event itself: identity, origin, and where to go on from it. */
export function EventFacts({ event }: { readonly event: EventDetail }) {
  return (
    <Panel title="Event" actions={<Headline event={event} />}>
      {event.error_message !== null && <p className="note is-bad">{event.error_message}</p>}
      <div className="columns">
        <Facts
          of={[
            ['Event', <CopyText key="event" text={event.event_id} what="event id" />],
            ['Webhook', <CopyText key="webhook" text={event.webhook_id} what="webhook id" />],
            [
              'Conversation',
              event.conversation_id && <ConversationLink key="conversation" id={event.conversation_id} />,
            ],
            ['Client', event.client_id && <ClientLink key="client" id={event.client_id} />],
            ['Contact', event.contact_id],
          ]}
        />
        <Facts
          of={[
            ['Received', <BothTimes key="received" at={event.received_at} />],
            ['Happened', <BothTimes key="occurred" at={event.occurred_at} />],
            ['Source', `${event.source} (${event.provider}${event.provider_type ? `: ${event.provider_type}` : ''})`],
            ['Came by', event.origin === 'poll' ? 'poll of the provider’s API' : event.origin],
            ['Record', event.event_position && <code key="position">{event.event_position}</code>],
          ]}
        />
      </div>
    </Panel>
  )
}

function Headline({ event }: { readonly event: EventDetail }) {
  const dead = event.dead_letter_count
  return (
    <span className="row">
      <Status of={event.status} />
      {dead > 0 && <Badge tone="bad">{dead === 1 ? 'a dead letter' : `${dead} dead letters`}</Badge>}
      {event.completeness !== 'full' && <Badge tone="warn">{event.completeness}</Badge>}
      <Link href={`/deliveries?event=${encodeURIComponent(event.event_id)}`}>
        {event.delivery_count === 1 ? '1 delivery' : `${event.delivery_count} deliveries`}
      </Link>
    </span>
  )
}

function ConversationLink({ id }: { readonly id: string }) {
  return (
    <Link href={conversationHref(id)} className="mono">
      {id}
    </Link>
  )
}

function ClientLink({ id }: { readonly id: string }) {
  return (
    <Link href={`/events?client=${encodeURIComponent(id)}`} className="mono">
      {id}
    </Link>
  )
}
