import { Link } from 'wouter'
import type { ConversationPage, ConversationSummary } from '../app/answers.ts'
import { useTenantGet } from '../app/api.ts'
import { useSearchParams } from '../app/search-params.ts'
import { useMe } from '../app/session.tsx'
import { Badge } from '../ui/badge.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { Select } from '../ui/field.tsx'
import { Page } from '../ui/page.tsx'
import { Pager } from '../ui/pager.tsx'
import { Empty, QueryState } from '../ui/query-state.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { Time } from '../ui/time.tsx'
import { personName } from './conversations/person-name.ts'

const states = [
  { value: '', label: 'All' },
  { value: 'live', label: 'Live' },
  { value: 'deleted', label: 'Deleted' },
  { value: 'merged', label: 'Merged' },
  { value: 'gone', label: 'Gone' },
]

const searched = {
  parts: 'A part of the subject is searched for, and of the names and addresses of who it is with and who has it.',
  words:
    'Contents are encrypted here: whole words of the subject are searched for, and whole names and addresses of everybody in it.',
} as const

/** All conversations that a snapshot is known of, the last changed first. */
export function ConversationsPage() {
  const { search } = useMe()
  const { values, change } = useSearchParams(['q', 'state', 'tag', 'cursor'], { unlisted: ['q'] })
  const query = useTenantGet<ConversationPage>('/conversations/search', {
    search: values,
    keepPrevious: true,
    everyMs: 15_000,
  })
  const isFiltered = values.q !== '' || values.state !== '' || values.tag !== ''
  return (
    <Page title="Conversations">
      <search className="filters">
        <SearchField
          label="Subject, person or id"
          value={values.q}
          onSearch={(q) => change({ q }, { replace: true })}
          placeholder="invoice, jane@…, cnv_…"
        />
        <SearchField label="Tag" value={values.tag} onSearch={(tag) => change({ tag }, { replace: true })} />
        <Select label="State" options={states} value={values.state} onValue={(state) => change({ state })} />
      </search>
      <QueryState
        query={query}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty title={isFiltered ? 'No conversation fits these filters.' : 'No conversation yet.'}>
            {isFiltered
              ? searched[search]
              : 'A conversation appears here with its first snapshot, seconds after an event about it came in.'}
          </Empty>
        }
      >
        {({ items, next_cursor }) => (
          <>
            <DataTable
              caption="Conversations"
              columns={columns}
              rows={items}
              rowKey={(row) => `${row.account} ${row.conversation_id}`}
            />
            <Pager nextCursor={next_cursor} shown={items.length} isBefore={query.isPlaceholderData} />
          </>
        )}
      </QueryState>
    </Page>
  )
}

const columns: readonly Column<ConversationSummary>[] = [
  {
    key: 'subject',
    header: 'Subject',
    isMain: true,
    cell: (row) => (
      <div className="cell-lines">
        <Link className="row-link break" href={`/conversations/${encodeURIComponent(row.conversation_id)}`}>
          {row.subject || row.conversation_id}
        </Link>
        {row.last_message?.blurb && (
          <span className="soft small one-line">
            {row.last_message.is_inbound ? '' : 'You: '}
            {row.last_message.blurb}
          </span>
        )}
      </div>
    ),
  },
  { key: 'with', header: 'With', cell: (row) => <span className="break">{personName(row.recipient) ?? '–'}</span> },
  { key: 'status', header: 'Status', cell: (row) => <ConversationStatus of={row} /> },
  {
    key: 'assignee',
    header: 'Assignee',
    cell: (row) => personName(row.assignee) ?? <span className="soft">nobody</span>,
  },
  {
    key: 'tags',
    header: 'Tags',
    cell: (row) =>
      row.tags.length === 0 ? (
        <span className="soft">–</span>
      ) : (
        <span className="row">
          {row.tags.map(({ id, name }) => (
            <Badge key={id}>{name}</Badge>
          ))}
        </span>
      ),
  },
  { key: 'as-of', header: 'As of', cell: (row) => <Time at={row.as_of} /> },
]

/** State and status of a conversation, and how far its snapshot is behind. */
export function ConversationStatus({ of }: { readonly of: ConversationSummary }) {
  return (
    <span className="row">
      {of.state === 'live' ? <Badge>{of.status ?? 'open'}</Badge> : <Badge tone="warn">{of.state}</Badge>}
      {of.completeness === 'partial' && <Badge tone="info">partial</Badge>}
      {of.pending_count > 0 && <Badge tone="warn">{of.pending_count} pending</Badge>}
    </span>
  )
}
