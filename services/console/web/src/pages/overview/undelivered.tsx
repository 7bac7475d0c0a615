import { Link } from 'wouter'
import type { Overview } from '../../app/answers.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Panel } from '../../ui/page.tsx'
import { Empty } from '../../ui/query-state.tsx'
import { Ago } from '../../ui/time.tsx'
import { formatCount } from '../../ui/time-format.ts'

type Cause = Overview['deliveries']['oldest_undelivered'][number]

const words: Readonly<Record<string, string>> = {
  requested: 'first try to come',
  retry: 'next try to come',
  throttled: 'endpoint’s rate',
  breaker: 'breaker open',
  order: 'order in its conversation',
  preview: 'full event to come',
}

const columns: readonly Column<Cause>[] = [
  { key: 'cause', header: 'Waits for', isMain: true, cell: ({ cause }) => words[cause] ?? cause },
  { key: 'count', header: 'Deliveries', align: 'number', cell: ({ count }) => formatCount(count) },
  {
    key: 'oldest',
    header: 'Oldest',
    cell: ({ since, delivery_id }) => (
      <Link href={`/deliveries/${encodeURIComponent(delivery_id)}`} className="row-link">
        <Ago at={since} />
      </Link>
    ),
  },
]

/** The age of what is not delivered, by what it waits for. */
export function Undelivered({ deliveries }: { readonly deliveries: Overview['deliveries'] }) {
  return (
    <Panel title="Oldest undelivered, by cause" isFlush>
      {deliveries.oldest_undelivered.length === 0 ? (
        <Empty title="Nothing waits." />
      ) : (
        <DataTable
          caption="Oldest undelivered, by cause"
          columns={columns}
          rows={deliveries.oldest_undelivered}
          rowKey={({ cause }) => cause}
        />
      )}
    </Panel>
  )
}
