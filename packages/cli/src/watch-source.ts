import { setTimeout as sleep } from 'node:timers/promises'
import type { GatewayStatus, SourceStatus } from './gateway-status.ts'

/** Something that a source did while it was watched. */
export type Happening =
  | { readonly what: 'handshake' }
  | { readonly what: 'event'; readonly events: number }
  | { readonly what: 'refused'; readonly rule: string; readonly count: number; readonly source: SourceStatus }

interface Counts {
  readonly handshakes: number
  readonly events: number
  readonly refused: Readonly<Record<string, number>>
}

/** Tells what is new in a status since the last one of the same gateway process: behind a balancer several answer by turns. */
export function createSourceWatch(name: string): (status: GatewayStatus) => Happening[] {
  const seen = new Map<number, Counts>()
  return ({ started_at, sources }) => {
    const source = sources.find((one) => one.name === name)
    if (source === undefined) return []
    const before = seen.get(started_at)
    seen.set(started_at, source)
    return before === undefined ? [] : newSince(before, source)
  }
}

function newSince(before: Counts, source: SourceStatus): Happening[] {
  const refused = Object.entries(source.refused).flatMap(([rule, total]): Happening[] => {
    const count = total - (before.refused[rule] ?? 0)
    return count > 0 ? [{ what: 'refused', rule, count, source }] : []
  })
  return [
    ...refused,
    ...(source.handshakes > before.handshakes ? [{ what: 'handshake' } as const] : []),
    ...(source.events > before.events ? [{ what: 'event', events: source.events - before.events } as const] : []),
  ]
}

const LOOK_EVERY_MS = 1_000

export interface WatchOptions {
  readonly source: string
  readonly timeoutMs: number
  readonly signal: AbortSignal
  read(): Promise<GatewayStatus>
  /** Called with each thing that happens; true ends the watch. */
  onHappening(happening: Happening): boolean
  /** Called at each look with the milliseconds left. */
  onLook(leftMs: number): void
}

/** Watches a source until what is waited for has happened. @returns false when time was up before */
export async function watchSource(options: WatchOptions): Promise<boolean> {
  const news = createSourceWatch(options.source)
  const end = performance.now() + options.timeoutMs
  for (;;) {
    for (const happening of news(await options.read())) if (options.onHappening(happening)) return true
    const left = end - performance.now()
    if (left <= 0) return false
    options.onLook(left)
    await sleep(Math.min(LOOK_EVERY_MS, left), undefined, { signal: options.signal })
  }
}
