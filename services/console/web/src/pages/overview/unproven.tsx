import type { Overview } from '../../app/answers.ts'
import { Badge } from '../../ui/badge.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Panel } from '../../ui/page.tsx'
import { Empty } from '../../ui/query-state.tsx'
import { Ago } from '../../ui/time.tsx'
import { formatCount } from '../../ui/time-format.ts'

type Rule = Overview['verification_failures']['rules'][number]

const columns: readonly Column<Rule>[] = [
  {
    key: 'rule',
    header: 'Rule',
    isMain: true,
    cell: ({ rule, is_explained }) => (
      <span className="row">
        <code>{rule}</code>
        {is_explained && <Badge tone="info">explained</Badge>}
      </span>
    ),
  },
  { key: 'source', header: 'Source', cell: ({ source }) => source },
  { key: 'count', header: 'Requests', align: 'number', cell: ({ count }) => formatCount(count) },
  { key: 'last', header: 'Last', cell: ({ last_at }) => <Ago at={last_at} /> },
]

/** Requests that could not be proven, by the rule that they failed. */
export function Unproven({ failures }: { readonly failures: Overview['verification_failures'] }) {
  return (
    <Panel title="Verification failures" isFlush>
      {failures.rules.length === 0 ? (
        <Empty title="None. Every request proved its sender." />
      ) : (
        <DataTable
          caption="Verification failures"
          columns={columns}
          rows={failures.rules}
          rowKey={({ rule, source }) => `${rule} ${source}`}
        />
      )}
    </Panel>
  )
}
