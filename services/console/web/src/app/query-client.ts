import { QueryCache, QueryClient } from '@tanstack/react-query'
import { RequestFailed } from './request.ts'
import { meKey } from './session.tsx'

const FRESH_MS = 3_000
const MOST_RETRIES = 2

/** What was read is fresh for three seconds; only what may pass by itself is tried again; the end of a session leads to the login. */
export function createQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof RequestFailed && error.problem.status === 401) client.setQueryData(meKey, null)
      },
    }),
    defaultOptions: {
      // Without a network a read fails like any other, so that the page says since when it is stale; by default it would wait in silence.
      queries: {
        networkMode: 'always',
        staleTime: FRESH_MS,
        retry: (count, error) => count < MOST_RETRIES && mayPass(error),
      },
      mutations: { networkMode: 'always', retry: false },
    },
  })
  return client
}

function mayPass(error: Error): boolean {
  if (!(error instanceof RequestFailed)) return false
  const { status } = error.problem
  return status === 0 || status === 429 || status >= 500
}
