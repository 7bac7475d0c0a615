import { setTimeout as sleep } from 'node:timers/promises'
import type { ConsoleClient, LedgerStanding } from '@millrace/console-client'
import { command, type Terminal } from './command.ts'
import { asked, requireConsole } from './console.ts'
import { CliError } from './errors.ts'

const LOOK_EVERY_MS = 500
/** Between two lines of progress where they are written one below the other; on a terminal one line changes. */
const TOLD_EVERY_MS = 10_000
/** The console looks every few seconds whether a rebuild is wished for, and then empties the ledger. */
const BEGIN_WITHIN_MS = 60_000

/** `console rebuild`: the ledger from nothing. */
export const rebuildConsole = command({
  name: 'console rebuild',
  takes: [],
  summary: 'Empty the ledger of the console and build it anew from the topics, with progress.',
  details: [
    'Users, tokens, approvals and the audit stay. The ledger then holds what the topics still hold: by default 30 days of events, 7 days of what',
    'deliveries waited for. Meanwhile the page says that it is catching up; nothing else notices. Ctrl-C ends the watching, not the rebuild.',
  ].join('\n'),
  options: { 'no-wait': { type: 'boolean', doc: 'Ask for it only.' } },
  async run({ options }, terminal) {
    const client = requireConsole('Rebuilding the ledger')
    const before = await standing(client)
    await asked(client.POST('/api/v1/ledger/rebuild'))
    if (options['no-wait']) {
      terminal.line('the rebuild is asked for')
      return 0
    }
    const began = Date.now()
    await untilBegun(client, before.incarnation, terminal)
    const { total } = await watch(client, terminal)
    terminal.line(`rebuilt from ${total} records in ${((Date.now() - began) / 1_000).toFixed(1)} s`)
    return 0
  },
})

async function standing(client: ConsoleClient): Promise<LedgerStanding> {
  return await asked(client.GET('/api/v1/ledger'))
}

async function untilBegun(client: ConsoleClient, incarnation: string | null, { signal }: Terminal): Promise<void> {
  const end = Date.now() + BEGIN_WITHIN_MS
  while ((await standing(client)).incarnation === incarnation) {
    if (Date.now() > end)
      throw new CliError('MR_CLI_CONSOLE_UNREACHABLE', 'no console has begun the rebuild: does it reach Kafka?')
    await sleep(LOOK_EVERY_MS, undefined, { signal })
  }
}

async function watch(client: ConsoleClient, terminal: Terminal): Promise<{ readonly total: number }> {
  let total = 0
  for (let toldAt = Date.now(); ; ) {
    const { rebuild } = await standing(client)
    total = Math.max(total, rebuild?.total ?? 0)
    if (rebuild !== null && rebuild.total === 0) return { total }
    const text = `${rebuild?.done ?? 0} of ${rebuild?.total ?? '?'} records`
    if (terminal.progress !== undefined) terminal.progress(text)
    else if (Date.now() - toldAt >= TOLD_EVERY_MS) {
      toldAt = Date.now()
      terminal.note(text)
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: terminal.signal })
  }
}
