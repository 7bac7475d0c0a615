import { useMemo } from 'react'
import { tenantPath } from '../app/api.ts'
import { queryString } from '../app/request.ts'
import { useSearchParams } from '../app/search-params.ts'
import { useTenant } from '../app/tenant.tsx'
import { Button } from '../ui/button.tsx'
import { DataTable } from '../ui/data-table.tsx'
import { Select, TextInput } from '../ui/field.tsx'
import { PauseIcon, PlayIcon } from '../ui/icons.tsx'
import { Page } from '../ui/page.tsx'
import { Empty } from '../ui/query-state.tsx'
import { formatCount } from '../ui/time-format.ts'
import { eventColumns } from './events/columns.tsx'
import { StreamState } from './live/stream-state.tsx'
import { KEPT_ROWS, useEventStream } from './live/use-event-stream.ts'

const names = ['type', 'status', 'source', 'conversation', 'client'] as const

const statuses = [
  { value: '', label: 'Any' },
  { value: 'pending', label: 'Pending' },
  { value: 'processed', label: 'Processed' },
  { value: 'failed', label: 'Failed' },
]

/** Events as they come, newest first; what changes later changes in its row. */
export function LivePage() {
  const tenant = useTenant()
  const { values, change } = useSearchParams(names)
  const address = tenantPath(tenant, '/live') + queryString({ kinds: 'event', ...values })
  const stream = useEventStream(address)
  const rows = useMemo(() => stream.rows.slice(0, KEPT_ROWS), [stream.rows])
  return (
    <Page
      title="Live tail"
      actions={
        <>
          <StreamState stream={stream} />
          <Button onClick={() => stream.setPaused(!stream.isPaused)} aria-pressed={stream.isPaused}>
            {stream.isPaused ? <PlayIcon /> : <PauseIcon />}
            {stream.isPaused ? `Go on (${formatCount(stream.held)} held)` : 'Pause'}
          </Button>
        </>
      }
    >
      <search className="filters">
        <LiveText label="Type" name="type" placeholder="message.*" values={values} onChange={change} />
        <Select label="Status" value={values.status} options={statuses} onValue={(status) => change({ status })} />
        <LiveText label="Source" name="source" values={values} onChange={change} />
        <LiveText label="Conversation" name="conversation" values={values} onChange={change} />
        <LiveText label="Client" name="client" values={values} onChange={change} />
      </search>
      {rows.length === 0 ? (
        <Empty title="Waiting for the next event.">
          What comes from now on shows here. <code>npm run demo</code> plays sample traffic.
        </Empty>
      ) : (
        <DataTable
          caption="Events as they come"
          columns={eventColumns}
          rows={rows}
          rowKey={(event) => event.event_id}
        />
      )}
    </Page>
  )
}

interface LiveTextProps {
  readonly label: string
  readonly name: (typeof names)[number]
  readonly placeholder?: string
  readonly values: Readonly<Record<(typeof names)[number], string>>
  readonly onChange: (changes: Readonly<Partial<Record<(typeof names)[number], string>>>) => void
}

/** Acts when it is left or Enter is pressed: each change opens a new stream. */
function LiveText({ label, name, placeholder, values, onChange }: LiveTextProps) {
  const act = (value: string) => {
    if (value.trim() !== values[name]) onChange({ [name]: value.trim() })
  }
  return (
    <TextInput
      key={values[name]}
      label={label}
      defaultValue={values[name]}
      placeholder={placeholder}
      autoComplete="off"
      spellCheck={false}
      onBlur={(event) => act(event.target.value)}
      onKeyDown={(event) => event.key === 'Enter' && act(event.currentTarget.value)}
    />
  )
}
