import { Link } from 'wouter'
import type { ParityReport } from '../../app/answers.ts'
import { type Column, DataTable } from '../../ui/data-table.tsx'
import { Time } from '../../ui/time.tsx'
import { formatCount, formatDuration } from '../../ui/time-format.ts'

/** How webhooks and polling compare, and whether cutting over is safe. */
export function ParityTables({ of }: { readonly of: ParityReport }) {
  return (
    <div className="stack">
      <p className={`note ${of.is_safe ? '' : 'is-warn'}`}>
        <span>
          {of.verdict}
          {of.compared !== null && (
            <span className="soft small">
              {' '}
              Compared from <Time at={of.compared.since} /> to <Time at={of.compared.until} />.
            </span>
          )}
        </span>
      </p>
      {of.types.length > 0 && (
        <DataTable
          caption={`Events of ${of.source} by the way that brought them`}
          columns={countColumns}
          rows={rowsOf(of)}
          rowKey={({ type }) => type}
        />
      )}
      {of.types.length > 0 && (
        <DataTable
          caption={`How late events of ${of.source} came`}
          columns={latenessColumns}
          rows={latenessOf(of)}
          rowKey={({ way }) => way}
        />
      )}
      {of.differences.length > 0 && <Differences of={of} />}
    </div>
  )
}

type Counts = ParityReport['types'][number]

function rowsOf({ types, totals }: ParityReport): Counts[] {
  return [...types, { type: 'all', ...totals }]
}

const countColumns: readonly Column<Counts>[] = [
  { key: 'type', header: 'Type', isMain: true, cell: ({ type }) => (type === 'all' ? <strong>all</strong> : type) },
  { key: 'both', header: 'Both', align: 'number', cell: ({ both }) => formatCount(both) },
  { key: 'webhook', header: 'Webhook only', align: 'number', cell: ({ webhook_only }) => formatCount(webhook_only) },
  { key: 'poll', header: 'Polling only', align: 'number', cell: ({ poll_only }) => formatCount(poll_only) },
]

interface Late {
  readonly way: string
  readonly times: ParityReport['lateness_ms']['webhook']
}

function latenessOf({ lateness_ms }: ParityReport): Late[] {
  return [
    { way: 'webhook', times: lateness_ms.webhook },
    { way: 'polling', times: lateness_ms.poll },
  ]
}

const latenessColumns: readonly Column<Late>[] = [
  { key: 'way', header: 'How late', cell: ({ way }) => way },
  ...(['p50', 'p90', 'p99', 'max'] as const).map((name) => ({
    key: name,
    header: name,
    align: 'number' as const,
    cell: ({ times }: Late) => {
      const ms = times[name]
      return ms === null ? <span className="soft">–</span> : formatDuration(ms)
    },
  })),
]

function differencesWords(count: number): string {
  return count === 1 ? '1 difference' : `${formatCount(count)} differences`
}

type Difference = ParityReport['differences'][number]

function Differences({ of }: { readonly of: ParityReport }) {
  return (
    <details>
      <summary>
        {differencesWords(of.differences.length + of.unlisted)}
        {of.unlisted > 0 ? `, ${formatCount(of.unlisted)} of them only counted` : ''}
      </summary>
      <DataTable
        caption={`Events of ${of.source} that one way did not bring`}
        columns={differenceColumns}
        rows={of.differences}
        rowKey={({ event_id, seen_by }) => `${event_id} ${seen_by}`}
      />
    </details>
  )
}

const differenceColumns: readonly Column<Difference>[] = [
  {
    key: 'event',
    header: 'Event',
    isMain: true,
    cell: ({ event_id }) => (
      <Link className="mono small break" href={`/events/${encodeURIComponent(event_id)}`}>
        {event_id}
      </Link>
    ),
  },
  { key: 'type', header: 'Type', cell: ({ type }) => type },
  { key: 'by', header: 'Only by', cell: ({ seen_by }) => (seen_by === 'poll' ? 'polling' : seen_by) },
  { key: 'at', header: 'Happened', cell: ({ occurred_at }) => <Time at={occurred_at} /> },
  { key: 'why', header: 'Why', cell: ({ reason, reason_text }) => reason_text ?? reason },
]
