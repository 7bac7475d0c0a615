import type { DeadLetterTopic, DeadLetterTopics } from '../app/answers.ts'
import { useTenantGet } from '../app/api.ts'
import { useSearchParams } from '../app/search-params.ts'
import { useCan } from '../app/tenant.tsx'
import { Button } from '../ui/button.tsx'
import { type Column, DataTable } from '../ui/data-table.tsx'
import { Page, Panel } from '../ui/page.tsx'
import { Empty, QueryState } from '../ui/query-state.tsx'
import { Ago } from '../ui/time.tsx'
import { formatCount } from '../ui/time-format.ts'
import { DeadLetterRecords } from './dead-letters/dead-letter-records.tsx'
import { RedriveDialog } from './dead-letters/redrive-dialog.tsx'
import { RedriveList } from './dead-letters/redrive-list.tsx'

/** What no consumer could handle, by topic and consumer, and the way back for it. */
export function DeadLettersPage() {
  const { values, change } = useSearchParams(['topic', 'code', 'redriven', 'cursor', 'redrive', 'position'])
  const query = useTenantGet<DeadLetterTopics>('/dead-letters', { everyMs: 10_000 })
  const mayRedrive = useCan('operator')
  const chosen = query.data?.items.find(({ topic }) => topic === values.topic)
  const redriven = query.data?.items.find(({ topic }) => topic === values.redrive)
  const columns = columnsFor({
    onOpen: ({ topic }) => change({ topic, code: '', redriven: '' }),
    onRedrive: mayRedrive ? ({ topic }) => change({ redrive: topic, position: '' }) : undefined,
  })
  return (
    <Page
      title="Dead letters"
      lead="Records that a consumer gave up on, kept unchanged for 30 days. A redrive puts them back to the consumer that gave them up, and to it alone."
    >
      <div className="stack">
        <QueryState
          query={query}
          isEmpty={({ items }) => items.length === 0}
          empty={<Empty title="There are no dead letters.">Every record of the last 30 days was handled.</Empty>}
        >
          {({ items }) => (
            <DataTable
              caption="Dead letters by topic and consumer"
              columns={columns}
              rows={items}
              rowKey={({ topic }) => topic}
            />
          )}
        </QueryState>
        <RedriveList />
        {values.topic !== '' && (
          <Panel
            title={`Records in ${values.topic}`}
            isFlush
            actions={
              <Button size="small" onClick={() => change({ topic: '', code: '', redriven: '' })}>
                Close
              </Button>
            }
          >
            <DeadLetterRecords
              topic={values.topic}
              codes={chosen?.codes ?? []}
              onPutBack={mayRedrive ? ({ topic, position }) => change({ redrive: topic, position }) : undefined}
            />
          </Panel>
        )}
      </div>
      {redriven && (
        <RedriveDialog
          of={redriven}
          position={values.position || undefined}
          onClose={() => change({ redrive: '', position: '' }, { replace: true })}
        />
      )}
    </Page>
  )
}

interface Actions {
  readonly onOpen: (row: DeadLetterTopic) => void
  readonly onRedrive: ((row: DeadLetterTopic) => void) | undefined
}

function columnsFor({ onOpen, onRedrive }: Actions): readonly Column<DeadLetterTopic>[] {
  return [
    {
      key: 'topic',
      header: 'Topic',
      isMain: true,
      cell: (row) => (
        <div className="cell-lines">
          <strong className="mono small break">{row.source_topic}</strong>
          <span className="soft small">given up by {row.group}</span>
        </div>
      ),
    },
    { key: 'count', header: 'Dead', align: 'number', cell: ({ count }) => formatCount(count) },
    {
      key: 'codes',
      header: 'Of what',
      cell: ({ codes }) => (
        <ul className="small">
          {codes.slice(0, 3).map(({ code, count }) => (
            <li key={code}>
              <code className="break">{code}</code> <span className="soft">{formatCount(count)}</span>
            </li>
          ))}
          {codes.length > 3 && <li className="soft">and {codes.length - 3} more kinds</li>}
          {codes.length === 0 && <li className="soft">–</li>}
        </ul>
      ),
    },
    { key: 'oldest', header: 'Oldest', cell: ({ oldest_at }) => <Ago at={oldest_at} /> },
    { key: 'redriven', header: 'Put back', align: 'number', cell: ({ redriven_count }) => formatCount(redriven_count) },
    {
      key: 'actions',
      header: 'Actions',
      cell: (row) => (
        <span className="row">
          <Button size="small" onClick={() => onOpen(row)} aria-label={`Records of ${row.topic}`}>
            Records
          </Button>
          {onRedrive && (
            <Button
              size="small"
              onClick={() => onRedrive(row)}
              disabled={row.count === 0}
              aria-label={`Redrive ${row.topic}`}
            >
              Redrive
            </Button>
          )}
        </span>
      ),
    },
  ]
}
