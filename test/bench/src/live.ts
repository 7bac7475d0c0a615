// The console's live tail: 200 events/s to 20 readers and one that hangs, on Postgres: how late each event comes, whether one is missing, memory. --seconds 120.
import { execFile } from 'node:child_process'
import { get, type IncomingMessage } from 'node:http'
import { parseArgs, promisify } from 'node:util'
import { startReport } from '@millrace/local'
import { percentile, type ServiceProcess, waitFor } from '@millrace/test-support'
import { history, TENANT } from './ledger/history.ts'
import { startLedger } from './ledger/start-ledger.ts'

const { values: args } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    readers: { type: 'string', default: '20' },
    rate: { type: 'string', default: '200' },
  },
})
const SECONDS = Number(args.seconds)
const READERS = Number(args.readers)
const RATE = Number(args.rate)
const MIB = 1_048_576
const run = promisify(execFile)

const report = startReport('bench live')
const { writer, api, headers, startConsole, stop } = await startLedger(report)
const url = `${api}/tenants/${TENANT}/live`
try {
  await measure(await startConsole())
} finally {
  await stop()
}
await report.finish()

async function measure(console: ServiceProcess): Promise<void> {
  const readers = await Promise.all(Array.from({ length: READERS }, () => read()))
  const hung = await read()
  hung.hang()
  await Promise.all(readers.map(({ begun }) => begun))
  // What the process needs at all, once it has done everything once.
  await write(5, 'w')
  await arrived(readers, `evt_w${(5 * RATE - 1).toString(36)}`)
  for (const reader of readers) reader.forget()
  const before = await memoryOf(console)
  const memory: number[] = []
  const looking = setInterval(async () => memory.push(await memoryOf(console).catch(() => 0)), 1_000)
  await write(SECONDS, 'l')
  await arrived(readers, `evt_l${(SECONDS * RATE - 1).toString(36)}`)
  clearInterval(looking)
  const lateness = readers.flatMap(({ lateness }) => lateness)
  const missing = readers.reduce((sum, { seen }) => sum + Math.max(0, SECONDS * RATE - seen.size), 0)
  report.figure('readers, beside one that hangs', READERS)
  report.figure('events', SECONDS * RATE)
  report.figure('messages a second, all readers', Math.round(lateness.length / SECONDS))
  report.figure('events that a reader missed', missing, { atMost: 0 })
  report.figure('event to reader p50 ms', Math.round(percentile(lateness, 50)))
  report.figure('event to reader p95 ms', Math.round(percentile(lateness, 95)), { atMost: 2_000 })
  report.figure('memory before MiB', Math.round(before / MIB))
  const [first, second] = [memory.slice(0, memory.length / 2), memory.slice(memory.length / 2)]
  report.figure('memory at most MiB', Math.round(Math.max(...memory) / MIB), { atMost: 512 })
  // What waits for somebody would grow with time; what is needed does not.
  const growth = Math.max(...second) - Math.max(...first)
  report.figure('most memory of the second half over the first MiB', Math.round(growth / MIB), { atMost: 64 })
  for (const reader of [...readers, hung]) reader.close()
}

/** Events with all that follows from them, at the rate. */
async function write(seconds: number, name: string): Promise<void> {
  const span = { events: RATE * seconds, conversations: 5_000, startAt: Date.now(), stepMs: 1_000 / RATE }
  await writer.write(history({ ...span, name }), {
    perSecond: RATE,
    onProgress: (events) => report.progress(`${events} of ${RATE * seconds} events written`),
  })
}

async function arrived(readers: readonly Reader[], eventId: string): Promise<void> {
  await waitFor(() => readers.every(({ seen }) => seen.has(eventId)), {
    what: 'the last event at every reader',
    deadlineMs: 60_000,
  })
}

interface Reader {
  /** Resolves with the first message. */
  readonly begun: Promise<void>
  readonly seen: Set<string>
  /** Milliseconds from receipt to here, of each event's first message. */
  readonly lateness: number[]
  forget(): void
  hang(): void
  close(): void
}

async function read(): Promise<Reader> {
  const { promise: begun, resolve } = Promise.withResolvers<void>()
  const seen = new Set<string>()
  const lateness: number[] = []
  let rest = ''
  const request = get(url, { headers, agent: false })
  const response = await new Promise<IncomingMessage>((done, fail) => {
    request.once('response', done).once('error', fail)
  })
  if (response.statusCode !== 200) throw new Error(`live: ${response.statusCode}`)
  response.setEncoding('utf8').on('data', (text: string) => {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      resolve()
      const data = /^data: (.*)$/m.exec(block)?.[1]
      const { event_id: id, received_at: at } = data === undefined ? {} : JSON.parse(data)
      if (id === undefined || seen.has(id)) continue
      seen.add(id)
      lateness.push(Date.now() - at)
    }
  })
  response.on('error', () => {})
  return {
    begun,
    seen,
    lateness,
    forget() {
      seen.clear()
      lateness.length = 0
    },
    hang: () => void response.socket.pause(),
    close: () => void request.destroy(),
  }
}

/** Resident bytes of the console's process. */
async function memoryOf({ pid }: { readonly pid: number | undefined }): Promise<number> {
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)])
  return Number(stdout) * 1_024
}
