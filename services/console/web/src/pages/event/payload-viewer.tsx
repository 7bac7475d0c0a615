import { useMemo, useState } from 'react'
import type { EventPayload } from '../../app/answers.ts'
import { useTenantGet } from '../../app/api.ts'
import { Button } from '../../ui/button.tsx'
import { JsonTree } from '../../ui/json-tree.tsx'
import { Panel } from '../../ui/page.tsx'
import { Empty, QueryState } from '../../ui/query-state.tsx'
import { formatCount } from '../../ui/time-format.ts'
import { useToast } from '../../ui/toast.tsx'
import { eventHref } from '../events/columns.tsx'

/** The payload as the provider sent it: as a tree where it is JSON, and byte for byte. */
export function PayloadViewer({ eventId, bytes }: { readonly eventId: string; readonly bytes: number | null }) {
  const query = useTenantGet<EventPayload>(`${eventHref(eventId)}/payload`, { enabled: bytes !== null })
  const [isRaw, setRaw] = useState(false)
  if (bytes === null)
    return (
      <Panel title="Payload">
        <Empty title="The payload is kept no longer.">Its event and timeline are.</Empty>
      </Panel>
    )
  return (
    <Panel
      title="Payload"
      isFlush
      actions={
        <span className="row">
          <span className="soft small">{formatCount(bytes)} bytes</span>
          <Button size="small" aria-pressed={isRaw} onClick={() => setRaw(!isRaw)}>
            As sent
          </Button>
          <CopyPayload payload={query.data} />
        </span>
      }
    >
      <QueryState query={query}>{(payload) => <Body payload={payload} isRaw={isRaw} />}</QueryState>
    </Panel>
  )
}

function Body({ payload, isRaw }: { readonly payload: EventPayload; readonly isRaw: boolean }) {
  const parsed = useMemo(() => parse(payload), [payload])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section className="payload" tabIndex={0} aria-label={isRaw ? 'Payload as sent' : 'Payload as a tree'}>
      {payload.is_truncated && <p className="note is-warn">Only its beginning is shown.</p>}
      {isRaw || parsed === undefined ? <pre>{payload.body}</pre> : <JsonTree value={parsed.value} />}
    </section>
  )
}

function CopyPayload({ payload }: { readonly payload: EventPayload | undefined }) {
  const toast = useToast()
  if (payload === undefined) return null
  const copy = async () => {
    await navigator.clipboard.writeText(payload.body)
    toast('The payload is copied.')
  }
  return (
    <Button size="small" onClick={() => copy().catch(() => toast('The browser did not allow to copy.'))}>
      Copy
    </Button>
  )
}

function parse({ body, encoding }: EventPayload): { readonly value: unknown } | undefined {
  if (encoding !== 'utf8') return undefined
  try {
    return { value: JSON.parse(body) }
  } catch {
    return undefined
  }
}
