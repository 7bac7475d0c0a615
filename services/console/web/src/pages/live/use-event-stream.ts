import { useEffect, useRef, useState } from 'react'
import type { EventSummary, LedgerState, LiveGap } from '../../app/answers.ts'
import { mergeRows } from './merge-rows.ts'

/** Rows that are kept; older ones leave, so that a tail left open all day stays small. */
export const KEPT_ROWS = 300
/** What came is shown at most so often: a screen is read, not watched. */
const SHOW_MS = 250
const REOPEN_MS = 3_000

export interface EventStream {
  readonly rows: readonly EventSummary[]
  readonly state: 'opening' | 'open' | 'broken'
  readonly gap: LiveGap | null
  /** How current what comes is; null until the stream has told. */
  readonly ledger: LedgerState['state'] | null
  readonly isPaused: boolean
  /** Rows that came while it was paused, at most `KEPT_ROWS`. */
  readonly held: number
  readonly setPaused: (isPaused: boolean) => void
}

/** Follows a stream of events. The browser resumes a broken one by `Last-Event-ID`; one that was refused is opened anew. */
export function useEventStream(address: string): EventStream {
  const [rows, setRows] = useState<readonly EventSummary[]>([])
  const [state, setState] = useState<EventStream['state']>('opening')
  const [gap, setGap] = useState<LiveGap | null>(null)
  const [ledger, setLedger] = useState<EventStream['ledger']>(null)
  const [isPaused, setPaused] = useState(false)
  const [held, setHeld] = useState(0)
  const waiting = useRef<EventSummary[]>([])
  const paused = useRef(false)

  useEffect(() => {
    setRows([])
    setGap(null)
    waiting.current = []
    return openStream(address, {
      onState: setState,
      onGap: setGap,
      onLedger: ({ state }) => setLedger(state),
      onEvent: (event) => {
        waiting.current.push(event)
        if (waiting.current.length > KEPT_ROWS) waiting.current.shift()
      },
    })
  }, [address])

  useEffect(() => {
    const timer = setInterval(() => {
      const came = waiting.current
      setHeld(paused.current ? came.length : 0)
      if (paused.current || came.length === 0) return
      waiting.current = []
      setRows((before) => mergeRows(before, came, KEPT_ROWS))
    }, SHOW_MS)
    return () => clearInterval(timer)
  }, [])

  const pause = (is: boolean) => {
    paused.current = is
    setPaused(is)
  }
  return { rows, state, gap, ledger, isPaused, held, setPaused: pause }
}

interface Listener {
  readonly onState: (state: EventStream['state']) => void
  readonly onEvent: (event: EventSummary) => void
  readonly onGap: (gap: LiveGap) => void
  readonly onLedger: (ledger: LedgerState) => void
}

/** Opens the stream and keeps it open until the returned function is called. */
function openStream(address: string, listener: Listener): () => void {
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const open = () => {
    listener.onState('opening')
    const opened = new EventSource(address)
    source = opened
    opened.onopen = () => listener.onState('open')
    opened.onerror = () => {
      listener.onState('broken')
      if (opened.readyState === EventSource.CLOSED) timer = setTimeout(open, REOPEN_MS)
    }
    opened.addEventListener('event', ({ data }) => listener.onEvent(JSON.parse(data)))
    opened.addEventListener('ledger', ({ data }) => listener.onLedger(JSON.parse(data)))
    opened.addEventListener('gap', ({ data }) => listener.onGap(JSON.parse(data)))
  }
  open()
  return () => {
    clearTimeout(timer)
    source?.close()
  }
}
