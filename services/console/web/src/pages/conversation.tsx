import { Link } from 'wouter'
import type { ConversationDetail, EventPage } from '../app/answers.ts'
import { useTenantGet } from '../app/api.ts'
import { Badge, Status } from '../ui/badge.tsx'
import { CopyText } from '../ui/copy-text.tsx'
import { Facts, Page, Panel } from '../ui/page.tsx'
import { Empty, QueryState } from '../ui/query-state.tsx'
import { BothTimes, Time } from '../ui/time.tsx'
import { personName } from './conversations/person-name.ts'
import { Thread } from './conversations/thread.tsx'
import { ConversationStatus } from './conversations.tsx'

/** One conversation as its snapshot has it, beside the events that made it. */
export function ConversationPage({ id }: { readonly id: string }) {
  const query = useTenantGet<ConversationDetail>(`/conversations/${encodeURIComponent(id)}`, { everyMs: 10_000 })
  const subject = query.data?.subject
  return (
    <Page title={subject || id} actions={query.data && <GraphLink of={query.data} />}>
      <QueryState query={query}>
        {(conversation) => (
          <div className="stack">
            <PendingNote pending={conversation.pending} />
            <div className="columns has-side">
              <Thread of={conversation} />
              <div className="stack">
                <About of={conversation} />
                <EventsOf id={conversation.conversation_id} />
              </div>
            </div>
          </div>
        )}
      </QueryState>
    </Page>
  )
}

function GraphLink({ of: { account, conversation_id } }: { readonly of: ConversationDetail }) {
  const node = ['conversation', account, conversation_id].map(encodeURIComponent).join(':')
  return (
    <Link className="button" href={`/graph?node=${encodeURIComponent(node)}`}>
      Show in the graph
    </Link>
  )
}

function PendingNote({ pending }: { readonly pending: readonly string[] }) {
  const [first] = pending
  if (first === undefined) return null
  return (
    <div className="note is-warn" role="status">
      <span>
        <strong>{pending.length === 1 ? 'One event is' : `${pending.length} events are`} not reflected yet.</strong> The
        conversation is being read again; newest: <Link href={`/events/${encodeURIComponent(first)}`}>{first}</Link>
      </span>
    </div>
  )
}

function About({ of }: { readonly of: ConversationDetail }) {
  const custom = Object.entries(of.custom_fields)
  return (
    <Panel title="About">
      <Facts
        of={[
          ['Status', <ConversationStatus key="status" of={of} />],
          ['With', of.recipient && <PersonText key="with" name={of.recipient.name} handle={of.recipient.handle} />],
          ['Assignee', personName(of.assignee) ?? <span className="soft">nobody</span>],
          ['Tags', of.tags.length > 0 && <TagList of={of.tags} />],
          ['As of', <BothTimes key="as-of" at={of.as_of} />],
          ['Refreshed', <Time key="refreshed" at={of.refreshed_at} />],
          ['Created', of.created_at !== null && <Time key="created" at={of.created_at} />],
          ['Id', <CopyText key="id" text={of.conversation_id} what="conversation id" />],
          ['Account', of.account],
          [
            'Merged into',
            of.merged_into !== null && (
              <Link key="merged" href={`/conversations/${encodeURIComponent(of.merged_into)}`}>
                {of.merged_into}
              </Link>
            ),
          ],
          ...custom.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const),
        ]}
      />
    </Panel>
  )
}

function PersonText({ name, handle }: { readonly name: string | null; readonly handle: string | null }) {
  if (name === null || handle === null) return <>{name ?? handle}</>
  return (
    <>
      {name} <span className="soft">{handle}</span>
    </>
  )
}

function TagList({ of }: { readonly of: ConversationDetail['tags'] }) {
  return (
    <span className="row">
      {of.map(({ id, name }) => (
        <Badge key={id}>{name}</Badge>
      ))}
    </span>
  )
}

const SHOWN_EVENTS = 12

function EventsOf({ id }: { readonly id: string }) {
  const query = useTenantGet<EventPage>('/events', {
    query: { conversation: id, limit: SHOWN_EVENTS },
    everyMs: 10_000,
  })
  const all = `/events?conversation=${encodeURIComponent(id)}`
  return (
    <Panel title="Events" isFlush actions={<Link href={all}>All of them</Link>}>
      <QueryState
        query={query}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty title="No event in the ledger.">
            The snapshot was read from Front, or its events are older than the ledger keeps.
          </Empty>
        }
      >
        {({ items }) => (
          <ul className="lines">
            {items.map(({ event_id, type, received_at, status }) => (
              <li key={event_id}>
                <Link href={`/events/${encodeURIComponent(event_id)}`} className="break">
                  {type}
                </Link>
                <Status of={status} />
                <span className="soft small">
                  <Time at={received_at} />
                </span>
              </li>
            ))}
          </ul>
        )}
      </QueryState>
    </Panel>
  )
}
