import type { ConversationDetail } from '../../app/answers.ts'
import { Badge } from '../../ui/badge.tsx'
import { Panel } from '../../ui/page.tsx'
import { Empty } from '../../ui/query-state.tsx'
import { Time } from '../../ui/time.tsx'
import { personName } from './person-name.ts'

type Message = ConversationDetail['messages'][number]
type Comment = ConversationDetail['comments'][number]
type Entry = { readonly at: number; readonly id: string } & (
  | { readonly message: Message; readonly comment?: never }
  | { readonly comment: Comment; readonly message?: never }
)

/** Messages and comments in one line of time, newest first. Texts are shown as plain text: they are other people's. */
export function Thread({ of: { messages, comments, has_more, state } }: { readonly of: ConversationDetail }) {
  const entries: Entry[] = [
    ...messages.map((message) => ({ at: message.created_at, id: message.id, message })),
    ...comments.map((comment) => ({ at: comment.posted_at, id: comment.id, comment })),
  ].sort((a, b) => b.at - a.at)
  return (
    <Panel title="Messages and comments" isFlush>
      {entries.length === 0 ? (
        <Empty title="No message is known.">
          {state === 'live'
            ? 'Only its events have come so far; messages follow once the conversation was read from Front.'
            : `The conversation is ${state}: what it held is no longer kept.`}
        </Empty>
      ) : (
        <ol className="thread">
          {entries.map((entry) => (
            <li key={entry.id} className={kindOf(entry)}>
              {entry.message ? <MessageEntry of={entry.message} /> : <CommentEntry of={entry.comment} />}
            </li>
          ))}
        </ol>
      )}
      {has_more && entries.length > 0 && (
        <p className="thread-end soft small">Older messages exist; a snapshot keeps the last ones.</p>
      )}
    </Panel>
  )
}

function kindOf({ message }: Entry): string {
  if (message === undefined) return 'is-comment'
  return message.is_inbound ? 'is-inbound' : 'is-outbound'
}

function MessageEntry({ of }: { readonly of: Message }) {
  // Who writes from outside is no author in Front, but a recipient of the role `from`.
  const sender = of.recipients.find(({ role }) => role === 'from')
  const from = sender?.name || sender?.handle
  const to = of.recipients.filter(({ role }) => role !== 'from').map(({ name, handle }) => name || handle)
  return (
    <article>
      <header>
        <strong className="break">{personName(of.author) ?? from ?? 'unknown sender'}</strong>
        <span className="soft small">
          {of.is_inbound ? 'received' : 'sent'} by {of.type}
        </span>
        <span className="small soft thread-time">
          <Time at={of.created_at} />
        </span>
      </header>
      {to.length > 0 && <p className="soft small break">to {to.join(', ')}</p>}
      <p className="thread-text">{of.text ?? of.blurb ?? 'No text.'}</p>
      {of.is_truncated && <p className="soft small">Cut at the snapshot’s size limit.</p>}
      {of.attachments.length > 0 && (
        <p className="row">
          {of.attachments.map(({ id, filename, size }) => (
            <Badge key={id ?? filename}>
              {filename ?? 'attachment'}
              {size === null ? '' : `, ${Math.ceil(size / 1024)} KB`}
            </Badge>
          ))}
        </p>
      )}
    </article>
  )
}

function CommentEntry({ of }: { readonly of: Comment }) {
  return (
    <article>
      <header>
        <strong className="break">{personName(of.author) ?? 'somebody'}</strong>
        <span className="soft small">commented, inside only</span>
        <span className="small soft thread-time">
          <Time at={of.posted_at} />
        </span>
      </header>
      <p className="thread-text">{of.text}</p>
    </article>
  )
}
