// Kills knowledge-graph (-9) again and again while scenarios wait for its answers. A caller may get his answer late, or 408 and the answer on
// the same key later; never another's, never two, and no task may be lost or extracted twice.
import { Agent } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { startWholeSystem } from '@millrace/bench/whole-system'
import { startReport } from '@millrace/local'
import { topics } from '@millrace/schemas'
import { askForGraph, atRate, freshMakeSample, percentile, waitFor } from '@millrace/test-support'

const RATE = Number(process.env.CHAOS_RATE ?? 20)
const SECONDS = Number(process.env.CHAOS_SECONDS ?? 60)
const KILL_EVERY_MS = 8_000
/** Short, so that callers do get 408. */
const TIMEOUT_SECONDS = 2
const ANSWERED_WITHIN_MS = 90_000
/** Every so many tasks are posted twice at once, with the same key. */
const TWICE_EVERY = 5

interface Asked {
  readonly statuses: readonly number[]
  /** The answer's text; empty when none came within 90 s. */
  readonly text: string
  readonly isRight: boolean
  readonly ms: number
}

const report = startReport('chaos sync')
const whole = await startWholeSystem(report, { env: { WEBHOOK_TIMEOUT_SECONDS: String(TIMEOUT_SECONDS) } })
const { system, kafka } = whole
const agent = new Agent({ keepAlive: true, maxSockets: 1_024 })
try {
  const stop = new AbortController()
  const killing = killAgainAndAgain(stop.signal)
  const pairs = await askAll()
  stop.abort()
  const kills = await killing

  report.progress('asking again')
  const all = pairs.flatMap(({ asked }) => asked)
  const changed = await changedOnRepeat(pairs.slice(0, 100))
  // Answers are given before their transaction: what was killed in between is extracted by the next owner, who waits for the broker to end it.
  const extractions = await waitFor(
    async () => {
      const found = await readExtractions()
      report.progress(`${found.size} of ${pairs.length} extracted`)
      return found.size >= pairs.length && found
    },
    { what: 'every task to be extracted', deadlineMs: 60_000, everyMs: 2_000 },
  )
  const answered = new Set(all.map(({ text }) => text))
  report.figure('tasks', pairs.length)
  report.figure('posts', all.length)
  report.figure('kills of knowledge-graph', kills, {
    atLeast: Math.max(1, Math.floor((SECONDS * 1_000) / KILL_EVERY_MS) - 3),
  })
  report.figure('answered at once', all.filter(({ statuses }) => statuses.length === 1).length)
  report.figure('answered on a repeat of the key', all.filter(({ statuses }) => statuses.length > 1).length)
  report.figure('answers of 408', all.flatMap(({ statuses }) => statuses).filter((status) => status === 408).length)
  report.figure(
    'answers other than 200, 408, 503',
    all.flatMap(({ statuses }) => statuses).filter(isUnexpected).length,
    {
      exactly: 0,
    },
  )
  report.figure('posts never answered', all.filter(({ text }) => text === '').length, { exactly: 0 })
  report.figure('wrong answers', all.filter(({ text, isRight }) => text !== '' && !isRight).length, { exactly: 0 })
  report.figure(
    'keys with two answers',
    pairs.filter(({ asked }) => new Set(asked.map(({ text }) => text)).size > 1).length,
    {
      exactly: 0,
    },
  )
  report.figure('answers that changed when asked for again', changed, { exactly: 0 })
  report.figure('tasks extracted', extractions.size, { exactly: pairs.length })
  report.figure('tasks extracted twice', [...extractions.values()].filter((replies) => replies.length > 1).length, {
    exactly: 0,
  })
  report.figure(
    'answers that differ from their extraction',
    [...extractions.values()].filter(([reply = '']) => !answered.has(reply)).length,
    {
      exactly: 0,
    },
  )
  report.figure(
    'time to the answer p50 ms',
    percentile(
      all.map(({ ms }) => ms),
      50,
    ),
  )
  report.figure(
    'time to the answer at most ms',
    percentile(
      all.map(({ ms }) => ms),
      100,
    ),
  )
} finally {
  agent.destroy()
  await whole.stop()
}
await report.finish()

async function killAgainAndAgain(signal: AbortSignal): Promise<number> {
  const service = system.services.get('knowledge-graph')
  let kills = 0
  while (!signal.aborted && service !== undefined) {
    await delay(KILL_EVERY_MS, undefined, { signal }).catch(() => {})
    if (signal.aborted) break
    await service.kill('SIGKILL')
    kills++
    await service.start()
  }
  return kills
}

async function askAll() {
  const count = RATE * SECONDS
  const asking: Promise<{ readonly key: string; readonly body: Buffer; readonly asked: readonly Asked[] }>[] = []
  let answered = 0
  await atRate(RATE, Array(count).keys(), (place) => {
    const { body, clientId } = freshMakeSample()
    const key = `run-${place}`
    const posts = place % TWICE_EVERY === 0 ? 2 : 1
    const asked = Promise.all(Array.from({ length: posts }, () => askUntilAnswered(body, key, clientId ?? '')))
    asking.push(
      asked.then((all) => {
        answered++
        return { key, body, asked: all }
      }),
    )
    report.progress(`${answered} of ${count} answered`)
  })
  return Promise.all(asking)
}

/** As a scenario with a break handler does: the same request with the same key, until there is an answer. */
async function askUntilAnswered(body: Buffer, key: string, clientId: string): Promise<Asked> {
  const begun = performance.now()
  const statuses: number[] = []
  while (performance.now() - begun < ANSWERED_WITHIN_MS) {
    const { status, text, json } = await ask(body, key)
    statuses.push(status)
    if (status === 200) {
      const isRight = json?.status === 'processed' && json.client_id === clientId && text.includes(`"${clientId}"`)
      return { statuses, text, isRight, ms: performance.now() - begun }
    }
    if (isUnexpected(status)) break
    await delay(200)
  }
  return { statuses, text: '', isRight: false, ms: performance.now() - begun }
}

function ask(body: Buffer, key: string) {
  return askForGraph({ gatewayUrl: system.gatewayUrl, secret: system.makeSecret, agent, body, key })
}

function isUnexpected(status: number): boolean {
  return status !== 200 && status !== 408 && status !== 503
}

async function changedOnRepeat(pairs: Awaited<ReturnType<typeof askAll>>): Promise<number> {
  const again = await Promise.all(pairs.map(({ body, key }) => ask(body, key)))
  return again.filter(({ text }, place) => text !== pairs[place]?.asked[0]?.text).length
}

/** The answers that extractions keep, by event. */
async function readExtractions(): Promise<Map<string, string[]>> {
  const replies = new Map<string, string[]>()
  for await (const record of kafka.read(topics.extractions, { from: 'beginning', untilEnd: true })) {
    const extraction = kafka.decode(topics.extractions, record)
    if (extraction === null) continue
    const { event_id, reply } = extraction
    replies.set(event_id, [...(replies.get(event_id) ?? []), reply?.toString() ?? ''])
  }
  return replies
}
