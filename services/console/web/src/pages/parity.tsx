import type { ParityList, ParityReport, Source, SourceList } from '../app/answers.ts'
import { useTenantGet } from '../app/api.ts'
import { useSearchParams } from '../app/search-params.ts'
import { Select } from '../ui/field.tsx'
import { Page, Panel } from '../ui/page.tsx'
import { Empty, QueryState } from '../ui/query-state.tsx'
import { useNow } from '../ui/time.tsx'
import { ModeControls } from './parity/mode-controls.tsx'
import { ParityTables } from './parity/parity-tables.tsx'
import { SourceFacts } from './parity/source-facts.tsx'

const HOUR_MS = 3_600_000
const spans = [
  { value: '', label: 'the last 24 hours' },
  { value: '1', label: 'the last hour' },
  { value: '168', label: 'the last 7 days' },
]

/** Each sender: by which way its events count, how both ways compare, and the switches between them. */
export function ParityPage() {
  const { values, change } = useSearchParams(['hours'])
  const sources = useTenantGet<SourceList>('/sources', { everyMs: 10_000 })
  const since = useMinuteAgo(Number(values.hours || 24) * HOUR_MS)
  const parity = useTenantGet<ParityList>('/parity', { query: { since }, everyMs: 30_000, keepPrevious: true })
  const byName = new Map(parity.data?.items.map((report) => [report.source, report]))
  return (
    <Page
      title="Sources and parity"
      lead="Who sends webhooks, whether webhooks or polling count, and how the two compare."
    >
      <div className="stack">
        <div className="filters no-margin">
          <Select label="Compared over" options={spans} value={values.hours} onValue={(hours) => change({ hours })} />
        </div>
        <QueryState
          query={sources}
          isEmpty={({ items }) => items.length === 0}
          empty={
            <Empty title="No source is configured.">
              Sources come from WEBHOOK_SECRET and its like, or from the file named by MILLRACE_SOURCES.
            </Empty>
          }
        >
          {({ items }) => (
            <>
              {items.map((source) => (
                <SourcePanel key={source.name} of={source} report={byName.get(source.name)} />
              ))}
            </>
          )}
        </QueryState>
        <QueryState query={parity}>{() => null}</QueryState>
      </div>
    </Page>
  )
}

/** A time ago that changes by the minute, so that it makes a new query no oftener. */
function useMinuteAgo(ms: number): number {
  const now = useNow()
  return Math.floor((now - ms) / 60_000) * 60_000
}

function SourcePanel({ of, report }: { readonly of: Source; readonly report: ParityReport | undefined }) {
  return (
    <Panel title={of.name} actions={<ModeControls of={of} report={report} />}>
      <div className="stack">
        <SourceFacts of={of} />
        {of.gap_repair.state !== 'possible' && <p className="soft small">{of.gap_repair.text}</p>}
        {report && <ParityTables of={report} />}
      </div>
    </Panel>
  )
}
