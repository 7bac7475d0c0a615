import { useSyncExternalStore } from 'react'
import { useZone } from '../app/time-zone.tsx'
import { formatAge, formatFull, formatTime } from './time-format.ts'

interface TimeProps {
  /** Epoch milliseconds; nothing is shown for none. */
  readonly at: number | null | undefined
  readonly detail?: 'seconds' | 'milliseconds' | 'minutes'
}

/** A moment in the zone chosen in the header; local and UTC in full when pointed at. */
export function Time({ at, detail = 'seconds' }: TimeProps) {
  const { zone } = useZone()
  if (at === null || at === undefined) return <span className="soft">–</span>
  const both = `${formatFull(at, 'local')}\n${formatFull(at, 'utc')}`
  return (
    <time dateTime={new Date(at).toISOString()} title={both} className="nowrap">
      {formatTime(at, zone, detail)}
    </time>
  )
}

/** A moment in full, in local time and in UTC. */
export function BothTimes({ at }: { readonly at: number | null | undefined }) {
  if (at === null || at === undefined) return <span className="soft">–</span>
  const [local, utc] = [formatFull(at, 'local'), formatFull(at, 'utc')]
  return (
    <time dateTime={new Date(at).toISOString()}>
      {local} {local !== utc && <span className="soft">({utc})</span>}
    </time>
  )
}

/** How long ago, kept current. */
export function Ago({ at }: { readonly at: number | null | undefined }) {
  const now = useNow()
  if (at === null || at === undefined) return <span className="soft">–</span>
  const ms = Math.max(0, now - at)
  return <span className="nowrap">{ms < 1_500 ? 'now' : `${formatAge(ms)} ago`}</span>
}

const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined
let now = Date.now()

/** One clock for all that is shown, a second apart. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    now = Date.now()
    for (const each of listeners) each()
  }, 1_000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}
