import { Link } from 'wouter'
import type { DeadLetterPage, DeadLetterRecord, DeadLetterTopic } from '../../app/answers.ts'
import { useTenantGet } from '../../app/api.ts'
import { useSearchParams } from '../../app/search-params.ts'
import { Button } from '../../ui/button.tsx'
import { Select } from '../../ui/field.tsx'
import { Pager } from '../../ui/pager.tsx'
import { Empty, QueryState } from '../../ui/query-state.tsx'
import { Time } from '../../ui/time.tsx'

interface DeadLetterRecordsProps {
  readonly topic: string
  readonly codes: DeadLetterTopic['codes']
  /** Left out for those who may not. */
  readonly onPutBack: ((record: DeadLetterRecord) => void) | undefined
}

const kinds = [
  { value: '', label: 'Dead' },
  { value: 'true', label: 'Put back' },
]

/** The records of one dead-letter topic, newest first, with why each was given up. */
export function DeadLetterRecords({ topic, codes, onPutBack }: DeadLetterRecordsProps) {
  const { values, change } = useSearchParams(['code', 'redriven', 'cursor'])
  const { code, redriven, cursor } = values
  const query = useTenantGet<DeadLetterPage>(`/dead-letters/${encodeURIComponent(topic)}`, {
    query: { code, redriven: redriven || 'false', cursor, limit: 25 },
    keepPrevious: true,
  })
  const codeOptions = [{ value: '', label: 'All' }, ...codes.map(({ code: value }) => ({ value, label: value }))]
  return (
    <>
      <div className="filters in-panel">
        <Select label="Class" options={codeOptions} value={code} onValue={(next) => change({ code: next })} />
        <Select label="State" options={kinds} value={redriven} onValue={(next) => change({ redriven: next })} />
      </div>
      <QueryState
        query={query}
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty title={redriven === 'true' ? 'None was put back.' : 'None of these is dead.'} />}
      >
        {({ items, next_cursor }) => (
          <>
            <ul className="records">
              {items.map((record) => (
                <li key={record.position}>
                  <DeadLetter of={record} onPutBack={onPutBack} />
                </li>
              ))}
            </ul>
            <div className="in-panel">
              <Pager nextCursor={next_cursor} shown={items.length} isBefore={query.isPlaceholderData} />
            </div>
          </>
        )}
      </QueryState>
    </>
  )
}

interface DeadLetterProps extends Pick<DeadLetterRecordsProps, 'onPutBack'> {
  readonly of: DeadLetterRecord
}

function DeadLetter({ of, onPutBack }: DeadLetterProps) {
  return (
    <article>
      <header>
        <code className="break">{of.error_code}</code>
        {of.event_id !== null && (
          <Link className="mono small break" href={`/events/${encodeURIComponent(of.event_id)}`}>
            {of.event_id}
          </Link>
        )}
        {of.delivery_id !== null && (
          <Link className="small" href={`/deliveries/${encodeURIComponent(of.delivery_id)}`}>
            its delivery
          </Link>
        )}
        <span className="soft small record-time">
          <Time at={of.at} />
        </span>
        {onPutBack && of.redriven_at === null && (
          <Button size="small" onClick={() => onPutBack(of)} aria-label={`Put back ${of.position}`}>
            Put back
          </Button>
        )}
      </header>
      <p className="break">{of.error_message}</p>
      {of.redriven_at !== null && (
        <p className="soft small">
          Put back <Time at={of.redriven_at} />
        </p>
      )}
      <details>
        <summary className="small">Where</summary>
        <p className="soft small break">
          {of.position}, from {of.source_position}, {of.value_bytes} bytes{of.key === null ? '' : `, key ${of.key}`}
        </p>
        {of.stack !== '' && <pre className="answer">{of.stack}</pre>}
      </details>
    </article>
  )
}
