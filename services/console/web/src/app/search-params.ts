import { useCallback } from 'react'
import { useSearchParams as useUrlParams } from 'wouter'
import { useHistoryState } from 'wouter/use-browser-location'

export interface SearchState<K extends string> {
  /** Values by name; an empty string when the address does not name it. */
  readonly values: Readonly<Record<K, string>>
  /** Changes some; empties leave the address. A new filter starts at the first page, so what tells the page is dropped unless it is among the changes. */
  readonly change: (changes: Readonly<Partial<Record<K | 'cursor', string>>>, options?: { replace?: boolean }) => void
}

interface SearchOptions<K extends string> {
  /**
   * Names whose values may be somebody's name or address: they are kept with the entry of the browser's history, which a reload and the back button know, and
   * stand in no URL. Then the place in the list does too, as a cursor has marks of what was searched for.
   */
  readonly unlisted?: readonly K[]
}

/** Which page of a list it is; `asked`: the time from which its spans count back, which is that of its first page. */
const placeNames: readonly string[] = ['cursor', 'asked']

type Held = Readonly<Record<string, string>>

/** State that lives in the address: it survives a reload, can be sent to a colleague, and the back button knows it. */
export function useSearchParams<K extends string>(
  names: readonly K[],
  { unlisted = [] }: SearchOptions<K> = {},
): SearchState<K> {
  const [, setParams] = useUrlParams()
  const held = heldIn(useHistoryState())
  // wouter decodes the address once too often for ids that hold a percent sign themselves, as a graph node's do.
  const params = new URLSearchParams(location.search)
  const values = Object.fromEntries(names.map((name) => [name, held[name] ?? params.get(name) ?? ''])) as Record<
    K,
    string
  >
  const hidden = unlisted.join()
  const change = useCallback<SearchState<K>['change']>(
    (changes, { replace = false } = {}) => {
      const next = changed(changes, hidden.split(','))
      setParams(() => next.params, { replace, state: { held: next.held } })
    },
    [setParams, hidden],
  )
  return { values, change }
}

/** What the address and the entry of the history are after these changes. */
function changed(changes: Readonly<Record<string, unknown>>, unlisted: readonly string[]) {
  const params = new URLSearchParams(location.search)
  const held = new Map(Object.entries(heldIn(history.state)))
  for (const name of [...placeNames, ...Object.keys(changes)]) {
    params.delete(name)
    held.delete(name)
  }
  // What a page is of comes before the place in it.
  const inOrder = Object.entries(changes).sort(
    ([a], [b]) => Number(placeNames.includes(a)) - Number(placeNames.includes(b)),
  )
  for (const [name, value] of inOrder) {
    if (typeof value !== 'string' || value === '') continue
    if (unlisted.includes(name) || (placeNames.includes(name) && held.size > 0)) held.set(name, value)
    else params.set(name, value)
  }
  return { params, held: Object.fromEntries(held) }
}

function heldIn(state: unknown): Held {
  return (state as { readonly held?: Held } | null)?.held ?? {}
}
