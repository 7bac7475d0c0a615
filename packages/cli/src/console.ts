import { answerOf, type ConsoleClient, ConsoleClientError, createConsoleClient } from '@millrace/console-client'
import { CliError } from './errors.ts'
import { readCliSettings } from './settings.ts'

/** The most that the console gives at once. */
const PAGE = 200

/** The console's client; undefined where MILLRACE_CONSOLE_URL is not set. @param timeoutMs of one answer; default 30 000 */
export function consoleOf(settings = readCliSettings(), timeoutMs?: number): ConsoleClient | undefined {
  const { consoleUrl, consoleToken } = settings
  if (consoleUrl === undefined) return undefined
  return createConsoleClient({
    url: consoleUrl.replace(/\/$/, ''),
    ...(consoleToken === undefined ? {} : { token: consoleToken }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  })
}

/** The same for what only the console can do. @throws CliError `MR_CLI_SETTING_MISSING` */
export function requireConsole(what: string, timeoutMs?: number): ConsoleClient {
  const client = consoleOf(readCliSettings(), timeoutMs)
  if (client === undefined)
    throw new CliError('MR_CLI_SETTING_MISSING', `${what} is done by the console: set MILLRACE_CONSOLE_URL`)
  return client
}

/**
 * What a call of the console gave.
 * @throws CliError `MR_CLI_CONSOLE_REFUSED` with the console's own words and each field that is wrong, `MR_CLI_CONSOLE_UNREACHABLE`
 */
export async function asked<T>(call: Parameters<typeof answerOf<T>>[0]): Promise<T> {
  try {
    return await answerOf(call)
  } catch (error) {
    if (!(error instanceof ConsoleClientError)) throw error
    if (error.code === 'MR_CONSOLE_UNREACHABLE')
      throw new CliError('MR_CLI_CONSOLE_UNREACHABLE', error.message, { cause: error })
    const fields = (error.problem?.errors ?? []).map(
      ({ pointer, detail }) => `${pointer.replace(/^\//, '') || 'body'} ${detail}`,
    )
    const code = error.problem === undefined ? '' : ` (${error.problem.code})`
    const text = fields.length === 0 ? error.message : fields.join('; ')
    throw new CliError('MR_CLI_CONSOLE_REFUSED', `the console says: ${text}${code}`, { cause: error })
  }
}

/** Everything of a list that the console gives page by page. */
export async function allPages<T>(
  load: (query: {
    limit: number
    cursor?: string
  }) => Promise<{ readonly items: T[]; readonly next_cursor: string | null }>,
): Promise<T[]> {
  const all: T[] = []
  for (let query: { limit: number; cursor?: string } = { limit: PAGE }; ; ) {
    const { items, next_cursor } = await load(query)
    all.push(...items)
    if (next_cursor === null) return all
    query = { limit: PAGE, cursor: next_cursor }
  }
}
