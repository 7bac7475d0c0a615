import { useSearchParams } from '../app/search-params.ts'

/** What the graph page keeps in its address, but for what is searched for. */
export function useGraphSearch() {
  return useSearchParams(['node', 'to', 'depth', 'ended', 'q', 'type', 'client', 'cursor'], { unlisted: ['q'] })
}
