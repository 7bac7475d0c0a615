import { setTimeout as sleep } from 'node:timers/promises'
import { CliError } from './errors.ts'
import type { GatewayStatus, SourceStatus } from './gateway-status.ts'

/** Something that a source did while it was watched. */
export type Happening =
  | { readonly what: 'handshake' }
  | { readonly what: 'event'; readonly events: number; readonly scheme: string }
  | { readonly what: 'refused'; readonly rule: string; readonly count: number; readonly source: SourceStatus }

interface Counts {
  readonly handshakes: number
  readonly events_by_scheme: Readonly<Record<string, number>>
  readonly refused: Readonly<Record<string, number>>
}

const nothing: Counts = { handshakes: 0, events_by_scheme: {}, refused: {} }

/**
 * Tells what is new in a status since the last one of the same gateway process: behind a balancer several answer by turns. Of a process that
 * began after `since` (epoch milliseconds) everything is new.
 */
export function createSourceWatch(name: string, since: number): (status: GatewayStatus) => Happening[] {
  const seen = new Map<number, Counts>()
  return ({ started_at, sources }) => {
    const source = sources.find((one) => one.name === name)
    if (source === undefined) return []
    const before = seen.get(started_at) ?? (started_at > since ? nothing : undefined)
    seen.set(started_at, source)
    return before === undefined ? [] : newSince(before, source)
  }
}

function newSince(before: Counts, source: SourceStatus): Happening[] {
  const events = Object.entries(source.events_by_scheme).flatMap(([scheme, total]): Happening[] => {
    const count = total - (before.events_by_scheme[scheme] ?? 0)
    return count > 0 ? [{ what: 'event', events: count, scheme }] : []
  })
  const refused = Object.entries(source.refused).flatMap(([rule, total]): Happening[] => {
    const count = total - (before.refused[rule] ?? 0)
    return count > 0 ? [{ what: 'refused', rule, count, source }] : []
  })
  return [...refused, ...(source.handshakes > before.handshakes ? [{ what: 'handshake' } as const] : []), ...events]
}

const LOOK_EVERY_MS = 1_000

export interface WatchOptions {
  readonly source: string
  readonly timeoutMs: number
  readonly signal: AbortSignal
  read(): Promise<GatewayStatus>
  /** Called once what was there before is known: whatever comes from here on is told. */
  onWatching(): void
  /** Called with each thing that happens; true ends the watch. */
  onHappening(happening: Happening): boolean
  /** Called at each look with the milliseconds left, and whether the gateway answered. */
  onLook(leftMs: number, isAnswered: boolean): void
}

/** Watches a source until what is waited for has happened; a gateway that is away is waited for. @returns false when time was up before */
export async function watchSource(options: WatchOptions): Promise<boolean> {
  const news = createSourceWatch(options.source, Date.now())
  const end = performance.now() + options.timeoutMs
  for (let looks = 0; ; looks++) {
    const status = await options.read().catch(unlessAway)
    for (const happening of status === undefined ? [] : news(status)) if (options.onHappening(happening)) return true
    if (looks === 0) options.onWatching()
    const left = end - performance.now()
    if (left <= 0) return false
    options.onLook(left, status !== undefined)
    await sleep(Math.min(LOOK_EVERY_MS, left), undefined, { signal: options.signal })
  }
}

/** It may be starting: its secret was only just set. */
function unlessAway(error: unknown): undefined {
  if (error instanceof CliError && error.code === 'MR_CLI_GATEWAY_UNREACHABLE') return undefined
  throw error
}
