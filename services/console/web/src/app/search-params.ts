import { useCallback } from 'react'
import { useSearchParams as useUrlParams } from 'wouter'

export interface SearchState<K extends string> {
  /** Values by name; an empty string when the address does not name it. */
  readonly values: Readonly<Record<K, string>>
  /** Changes some; empties leave the address. A new filter starts at the first page, so what tells the page is dropped unless it is among the changes. */
  readonly change: (changes: Readonly<Partial<Record<K | 'cursor', string>>>, options?: { replace?: boolean }) => void
}

/** Which page of a list it is; `asked`: the time from which its spans count back, which is that of its first page. */
const placeNames = ['cursor', 'asked']

/** State that lives in the address: it survives a reload, can be sent to a colleague, and the back button knows it. */
export function useSearchParams<K extends string>(names: readonly K[]): SearchState<K> {
  const [, setParams] = useUrlParams()
  // wouter decodes the address once too often for ids that hold a percent sign themselves, as a graph node's do.
  const params = new URLSearchParams(location.search)
  const values = Object.fromEntries(names.map((name) => [name, params.get(name) ?? ''])) as Record<K, string>
  const change = useCallback<SearchState<K>['change']>(
    (changes, { replace = false } = {}) => {
      setParams(
        () => {
          const next = new URLSearchParams(location.search)
          for (const name of placeNames) next.delete(name)
          for (const [name, value] of Object.entries(changes)) {
            if (typeof value === 'string' && value !== '') next.set(name, value)
            else next.delete(name)
          }
          return next
        },
        { replace },
      )
    },
    [setParams],
  )
  return { values, change }
}
