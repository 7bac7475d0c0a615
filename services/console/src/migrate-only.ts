import { databaseSettings, defineSettings, readSettings, ServiceKitError } from '@millrace/service-kit'
import { openDatabase } from './db/connect.ts'
import { migrate } from './db/migrate.ts'

const settings = defineSettings(databaseSettings)
const EX_CONFIG = 78

/**
 * Brings the tables up and ends: for a deployment that does it before its pods change, so that a migration that fails ends the upgrade. It reads `DATABASE_URL` alone.
 * Answers the exit code: 0, 1 when the database is away or refuses, 78 for a wrong setting.
 */
export async function migrateOnly(): Promise<number> {
  let url: string | undefined
  try {
    url = readSettings(settings).values.databaseUrl
  } catch (error) {
    if (!(error instanceof ServiceKitError)) throw error
    return fail(error.message, EX_CONFIG)
  }
  if (url === undefined)
    return fail('--migrate needs DATABASE_URL; an embedded database is brought up by its console', EX_CONFIG)
  const database = openDatabase({ url })
  try {
    await migrate(database.db)
    process.stdout.write('console: the tables are up to date\n')
    return 0
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    return fail(`the tables could not be brought up: ${message}${code === undefined ? '' : ` (${code})`}`, 1)
  } finally {
    await database.close()
  }
}

function fail(reason: string, code: number): number {
  process.stderr.write(`console: ${reason}\n`)
  return code
}
