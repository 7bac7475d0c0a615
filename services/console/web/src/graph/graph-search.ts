import { useSearchParams } from '../app/search-params.ts'

/** What the graph page keeps in its address. */
export function useGraphSearch() {
  return useSearchParams(['node', 'to', 'depth', 'ended', 'q', 'type', 'client', 'cursor'])
}
