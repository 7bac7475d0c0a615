import { isDeepStrictEqual } from 'node:util'
import type { Sources } from './sources.ts'

/** Told of the sources that hold from now on, and of those that held until now. A listener must not throw. */
export type OnSources = (now: Sources, before: Sources) => void

/** How the sources in use came about. */
export interface SourcesState {
  /** Epoch milliseconds since when they are in use. */
  readonly since: number
  /** Why what they were to be replaced by was not taken, and when; undefined while nothing newer was refused. */
  readonly refused: { readonly at: number; readonly problems: readonly string[] } | undefined
}

/** The sources as they are now. Whoever begins something takes them once and finishes with what was taken. */
export interface SourcesHolder {
  /** Never changes by itself; another object holds after a change. What did not change keeps its identity (`===`). */
  current(): Sources
  /** Calls after each change, never for one that changes nothing. Returns what ends it. */
  onChange(listener: OnSources): () => void
  state(): SourcesState
}

export interface WritableSources extends SourcesHolder {
  /** Makes `next` current and tells the listeners. False, and nothing happens, when it is equal to what holds. */
  replace(next: Sources): boolean
  /** Notes that something newer was not taken. What holds stays. */
  refuse(problems: readonly string[]): void
}

/** Holds sources in memory: for whoever embeds a service, for tests, and under the file's watcher. */
export function holdSources(initial: Sources): WritableSources {
  const listeners = new Set<OnSources>()
  let now = initial
  let since = Date.now()
  let refused: SourcesState['refused']
  return {
    current: () => now,
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    state: () => ({ since, refused }),
    refuse(problems) {
      refused = { at: Date.now(), problems }
    },
    replace(next) {
      refused = undefined
      if (isDeepStrictEqual(next, now)) return false
      const before = now
      now = keepUnchanged(before, next)
      since = Date.now()
      for (const listener of listeners) listener(now, before)
      return true
    },
  }
}

/** Gives what is equal its former object, so that what others keep by it (prepared keys, API clients) stays right and stays warm. */
function keepUnchanged(before: Sources, next: Sources): Sources {
  const keep = <T extends { readonly name: string }>(old: readonly T[], entries: readonly T[]): readonly T[] =>
    entries.map((entry) => old.find((one) => one.name === entry.name && isDeepStrictEqual(one, entry)) ?? entry)
  return {
    sources: keep(before.sources, next.sources),
    accounts: keep(before.accounts, next.accounts),
    tenants: keep(before.tenants, next.tenants),
  }
}
