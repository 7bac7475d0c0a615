import { Link } from 'wouter'
import type { DeliverySummary } from '../../app/answers.ts'
import { Badge, Status } from '../../ui/badge.tsx'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Time } from '../../ui/time.tsx'

/** Deliveries, one a row; `isOfOne` leaves out what is the same for all rows of one endpoint. */
export function DeliveryTable({
  rows,
  isOfOne = false,
}: {
  readonly rows: readonly DeliverySummary[]
  readonly isOfOne?: boolean
}) {
  return (
    <DataTable
      caption="Deliveries"
      columns={isOfOne ? columns.filter(({ key }) => key !== 'endpoint') : columns}
      rows={rows}
      rowKey={(row) => `${row.delivery_id} ${row.run_id}`}
    />
  )
}

/** How a delivery stands: its state, what it waits for, and the last answer. */
export function DeliveryState({ of }: { readonly of: DeliverySummary }) {
  return (
    <span className="row">
      <Status of={of.state} />
      {of.state === 'waiting' && of.waiting_for && <span className="small soft">{waitWords(of.waiting_for)}</span>}
    </span>
  )
}

const waits: Readonly<Record<string, string>> = {
  retry: 'for its next try',
  throttled: 'for the rate limit',
  breaker: 'for the endpoint’s breaker',
  order: 'for the one before it',
  preview: 'for the whole message',
}

function waitWords(cause: string): string {
  return waits[cause] ?? `for ${cause}`
}

const columns: readonly Column<DeliverySummary>[] = [
  {
    key: 'delivery',
    header: 'Event type',
    isMain: true,
    cell: (row) => (
      <span className="row">
        <Link className="row-link" href={`/deliveries/${encodeURIComponent(row.delivery_id)}`}>
          {row.event_type}
        </Link>
        {row.run_id !== null && <Badge tone="info">replay</Badge>}
      </span>
    ),
  },
  { key: 'state', header: 'State', cell: (row) => <DeliveryState of={row} /> },
  {
    key: 'endpoint',
    header: 'Endpoint',
    cell: (row) => (
      <Link className="mono small break" href={`/endpoints/${encodeURIComponent(row.endpoint_id)}`}>
        {row.endpoint_id}
      </Link>
    ),
  },
  { key: 'tries', header: 'Tries', align: 'number', cell: (row) => row.attempts },
  {
    key: 'answer',
    header: 'Last answer',
    cell: (row) => (
      <span className="row">
        {row.last_status_code ?? <span className="soft">–</span>}
        {row.last_error_code !== null && <code className="small break">{row.last_error_code}</code>}
      </span>
    ),
  },
  { key: 'requested', header: 'Requested', cell: (row) => <Time at={row.requested_at} /> },
  {
    key: 'next',
    header: 'Ended or next try',
    cell: (row) => (row.ended_at === null ? <NextTry at={row.due_at} /> : <Time at={row.ended_at} />),
  },
]

function NextTry({ at }: { readonly at: number | null }) {
  if (at === null) return <span className="soft">–</span>
  return (
    <span className="soft">
      next <Time at={at} />
    </span>
  )
}
