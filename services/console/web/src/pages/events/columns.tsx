import { Link } from 'wouter'
import type { EventSummary } from '../../app/answers.ts'
import { Status } from '../../ui/badge.tsx'
import type { Column } from '../../ui/data-table.tsx'
import { Time } from '../../ui/time.tsx'

/** Address of an event's timeline, below the tenant. */
export function eventHref(eventId: string): string {
  return `/events/${encodeURIComponent(eventId)}`
}

export function conversationHref(conversationId: string): string {
  return `/conversations/${encodeURIComponent(conversationId)}`
}

export const eventColumns: readonly Column<EventSummary>[] = [
  { key: 'received', header: 'Received', cell: (event) => <Time at={event.received_at} detail="milliseconds" /> },
  { key: 'type', header: 'Type', isMain: true, cell: (event) => <EventLink event={event} /> },
  { key: 'status', header: 'Status', cell: (event) => <EventStatus event={event} /> },
  { key: 'about', header: 'About', cell: (event) => <About event={event} /> },
  { key: 'source', header: 'Source', cell: (event) => <SourceOf event={event} /> },
  { key: 'id', header: 'Event', cell: (event) => <code className="break small">{event.event_id}</code> },
]

export function EventLink({ event }: { readonly event: EventSummary }) {
  return (
    <Link href={eventHref(event.event_id)} className="row-link">
      {event.type}
    </Link>
  )
}

function EventStatus({ event }: { readonly event: EventSummary }) {
  return (
    <span className="row">
      <Status of={event.status} />
      {event.run_count > 0 && (
        <span className="soft small">{event.run_count === 1 ? 'ran again' : `ran ${event.run_count} × again`}</span>
      )}
    </span>
  )
}

/** What the event is about: its conversation, else its client or contact. */
function About({ event }: { readonly event: EventSummary }) {
  if (event.conversation_id !== null)
    return (
      <Link href={conversationHref(event.conversation_id)} className="mono small break">
        {event.conversation_id}
      </Link>
    )
  const id = event.client_id ?? event.contact_id
  if (id === null) return <span className="soft">–</span>
  return <code className="small break">{id}</code>
}

function SourceOf({ event }: { readonly event: EventSummary }) {
  return (
    <span className="nowrap">
      {event.source}
      {event.origin === 'poll' && <span className="soft small"> by poll</span>}
    </span>
  )
}
