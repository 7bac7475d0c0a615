import { startPostgres } from '@millrace/test-support'

/** vitest's global set-up: after it, `process.env.TEST_POSTGRES_URL` names a Postgres for all test files of this run. */
export async function setup(): Promise<() => Promise<void>> {
  const server = await startPostgres()
  process.env.TEST_POSTGRES_URL = server.url
  return () => server.stop()
}
