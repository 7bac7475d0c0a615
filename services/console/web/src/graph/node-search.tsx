import { useState } from 'react'
import type { GraphNode, GraphNodePage } from '../app/answers.ts'
import { useTenantGet } from '../app/api.ts'
import { useMe } from '../app/session.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { Select } from '../ui/field.tsx'
import { Panel } from '../ui/page.tsx'
import { Pager } from '../ui/pager.tsx'
import { Empty, QueryState } from '../ui/query-state.tsx'
import { SearchField } from '../ui/search-field.tsx'
import { Time } from '../ui/time.tsx'
import { useGraphSearch } from './graph-search.ts'
import { nodeKinds, typeWords } from './node-kinds.ts'
import { NodeLink } from './node-link.tsx'

const types = [
  { value: '', label: 'All' },
  ...nodeKinds.flatMap((kind) => kind.types).map((type) => ({ value: type, label: typeWords(type) })),
]

/** Search among all nodes; where a node is shown already, results come with the first letter that is typed. */
export function NodeSearch({ isOpen }: { readonly isOpen: boolean }) {
  const { values, change } = useGraphSearch()
  const isAsked = values.q !== '' || values.type !== '' || values.client !== ''
  return (
    <>
      <search className="filters no-margin">
        <SearchField
          label="Find a node"
          placeholder="jane, jane@…, client-123"
          value={values.q}
          onSearch={(q) => change({ q }, { replace: true })}
        />
        <Select label="Type" options={types} value={values.type} onValue={(type) => change({ type })} />
        <SearchField
          label="Of the client"
          placeholder="client-123"
          value={values.client}
          onSearch={(client) => change({ client }, { replace: true })}
        />
      </search>
      {(isOpen || isAsked) && <Results search={searchOf(values)} isAsked={isAsked} />}
    </>
  )
}

interface Search {
  readonly q: string
  readonly type: string
  readonly client: string
  readonly cursor: string
}

const LIMIT = 25

/** Of all that the page's address says, what the search is asked. */
function searchOf({ q, type, client, cursor }: Search): Search {
  return { q, type, client, cursor }
}

const searched = {
  parts: 'What is searched matches the beginning of a label, or an id as a whole.',
  words: 'Contents are encrypted here: whole words of a label match, a mail address or number, or an id as a whole.',
} as const

function Results({ search, isAsked }: { readonly search: Search; readonly isAsked: boolean }) {
  const { search: by } = useMe()
  const query = useTenantGet<GraphNodePage>('/graph/nodes/search', {
    search: { ...search, limit: LIMIT },
    keepPrevious: true,
  })
  return (
    <QueryState
      query={query}
      isEmpty={({ items }) => items.length === 0}
      empty={
        <Empty title={isAsked ? 'No node fits.' : 'The graph is empty.'}>
          {isAsked ? searched[by] : 'Nodes appear with the first event about a conversation or task.'}
        </Empty>
      }
    >
      {({ items, next_cursor }) => (
        <div>
          <DataTable caption="Nodes" columns={columns} rows={items} rowKey={({ id }) => id} />
          <Pager nextCursor={next_cursor} shown={items.length} isBefore={query.isPlaceholderData} />
        </div>
      )}
    </QueryState>
  )
}

const columns: readonly Column<GraphNode>[] = [
  { key: 'node', header: 'Node', isMain: true, cell: (node) => <NodeLink node={node} /> },
  {
    key: 'clients',
    header: 'Clients',
    cell: ({ client_ids }) => <span className="break">{client_ids.join(', ') || '–'}</span>,
  },
  { key: 'first', header: 'First seen', cell: ({ first_seen }) => <Time at={first_seen} /> },
  { key: 'last', header: 'Last seen', cell: ({ last_seen }) => <Time at={last_seen} /> },
]

interface NodePickerProps {
  readonly title: string
  readonly onPick: (id: string) => void
}

/** Chooses a node by search, for the other end of a path. */
export function NodePicker({ title, onPick }: NodePickerProps) {
  const [q, setQ] = useState('')
  const query = useTenantGet<GraphNodePage>('/graph/nodes/search', {
    search: { q, limit: 8 },
    enabled: q !== '',
    keepPrevious: true,
  })
  return (
    <Panel title={title}>
      <div className="stack">
        <SearchField label="The other node" placeholder="name, address or id" value={q} onSearch={setQ} />
        {q !== '' && (
          <QueryState
            query={query}
            isEmpty={({ items }) => items.length === 0}
            empty={<p className="soft small">No node fits.</p>}
          >
            {({ items }) => (
              <ul className="picks">
                {items.map(({ id, label, type }) => (
                  <li key={id}>
                    <button type="button" className="button is-quiet" onClick={() => onPick(id)}>
                      {label || id} <span className="soft small">{typeWords(type)}</span>
                    </button>
                  </li>
                ))}
              </ul>
            )}
          </QueryState>
        )}
      </div>
    </Panel>
  )
}
