// How long a Make scenario waits for its graph: 50 tasks a second through gateway, dedup and knowledge-graph, each answered on its own request.
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startReport, startStack } from '@millrace/local'
import { freshMakeSample, MAKE_PATH, percentile, runSystem, signMake } from '@millrace/test-support'

const RATE = Number(process.env.BENCH_RATE ?? 50)
const SECONDS = Number(process.env.BENCH_SECONDS ?? 20)
/** Sent before anything is measured: first requests pay for connections and compilation. */
const WARM_UP_SECONDS = 4

interface Answer {
  readonly status: number
  readonly json: {
    readonly status?: string
    readonly client_id?: string
    readonly result?: object
    readonly error?: { readonly problems?: readonly object[] }
  }
  /** Milliseconds from the moment at which the request was due: a slow answer must not hide the wait of the next. */
  readonly ms: number
}

const report = startReport('bench reply')
const stack = await startStack({ dir: join(report.dir, 'stack'), isLongRun: true, say: report.say })
const system = await runSystem({ brokers: stack.brokers, redisUrl: stack.redisUrl, requestsPerMinute: 1_000_000 })
const agent = new Agent({ keepAlive: true, maxSockets: 512 })
try {
  await askSteadily(RATE * WARM_UP_SECONDS, 'warming up')
  const answers = await askSteadily(RATE * SECONDS, `${RATE} tasks a second`)
  const right = answers.filter(({ isRight }) => isRight).map(({ ms }) => ms)
  report.figure('tasks a second', RATE)
  report.figure('tasks', answers.length)
  report.figure('not answered with their own graph', answers.length - right.length, { exactly: 0 })
  report.figure('answer p50 ms', percentile(right, 50))
  report.figure('answer p95 ms', percentile(right, 95))
  report.figure('answer p99 ms', percentile(right, 99), { atMost: 1_000 })
  report.figure('answer at most ms', percentile(right, 100))

  const { status, json } = await ask(Buffer.from('{"client_id":"acme","action_id":"get_client_data","task":"T"}'))
  report.figure('status for a body without a task', status, { exactly: 422 })
  report.figure('problems that it names', json.error?.problems?.length ?? 0, { exactly: 1 })
} finally {
  agent.destroy()
  await system.stop()
  await stack.stop()
}
await report.finish()

/** Asks for `count` graphs at `RATE`, whether or not those before have been answered. */
async function askSteadily(count: number, what: string): Promise<{ readonly ms: number; readonly isRight: boolean }[]> {
  const begun = performance.now()
  const asked: Promise<{ ms: number; isRight: boolean }>[] = []
  let answered = 0
  for (let place = 0; place < count; place++) {
    const due = begun + (place / RATE) * 1_000
    const wait = due - performance.now()
    if (wait > 0) await delay(wait)
    const { body, clientId } = freshMakeSample()
    const one = ask(body, due).then(({ status, json, ms }) => {
      answered++
      return { ms, isRight: status === 200 && json.status === 'processed' && json.client_id === clientId }
    })
    asked.push(one.catch(() => ({ ms: Number.NaN, isRight: false })))
    report.progress(`${what}: ${answered} of ${count} answered`)
  }
  return Promise.all(asked)
}

function ask(body: Buffer, since = performance.now()): Promise<Answer> {
  const headers = { ...signMake(body, system.makeSecret), 'content-length': body.length }
  return new Promise((resolve, reject) => {
    const asking = request(`${system.gatewayUrl}${MAKE_PATH}`, { method: 'POST', agent, headers }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('error', reject)
      answer.on('end', () => {
        const ms = performance.now() - since
        try {
          resolve({ status: answer.statusCode ?? 0, json: JSON.parse(Buffer.concat(parts).toString()), ms })
        } catch (error) {
          reject(error)
        }
      })
    })
    asking.on('error', reject)
    asking.end(body)
  })
}
