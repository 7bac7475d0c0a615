import { brokersAnswer, redisUrlAnswers } from './addresses.ts'
import { runCommand } from './command.ts'
import { type Env, portOf } from './local-env.ts'
import { askReady } from './readiness.ts'
import { runningEnv } from './running-env.ts'
import { coloured } from './say.ts'
import { type LocalProcess, services, simulators } from './services.ts'

interface Row {
  readonly name: string
  readonly address: string
  readonly isReady: boolean
  readonly reason: string
}

await runCommand(async () => {
  const { env, isRunning, isSimulated } = runningEnv()
  const processes = isSimulated ? [...services, ...simulators] : services
  const rows = await Promise.all([
    kafkaRow(env),
    redisRow(env),
    ...processes.map((process) => processRow(process, env)),
  ])
  const widths = [
    Math.max(...rows.map(({ name }) => name.length)),
    Math.max(...rows.map(({ address }) => address.length)),
  ]
  for (const { name, address, isReady, reason } of rows) {
    const state = isReady ? coloured('green', 'ready') : coloured('red', `not ready (${reason})`)
    console.log(`${name.padEnd(widths[0] ?? 0)}  ${address.padEnd(widths[1] ?? 0)}  ${state}`)
  }
  if (!isRunning) console.log('npm start does not run from this checkout.')
  return rows.every(({ isReady }) => isReady) ? 0 : 1
})

async function kafkaRow({ KAFKA_BROKERS: brokers = '' }: Env): Promise<Row> {
  return {
    name: 'kafka',
    address: brokers,
    isReady: await brokersAnswer(brokers.split(',')),
    reason: 'does not answer',
  }
}

async function redisRow({ REDIS_URL: url = '' }: Env): Promise<Row> {
  const address = url.replace(/^.*@|^rediss?:\/\//, '')
  return { name: 'redis', address, isReady: await redisUrlAnswers(url), reason: 'does not answer' }
}

async function processRow(process: LocalProcess, env: Env): Promise<Row> {
  const port = process.http ?? process.admin
  const address = port ? `127.0.0.1:${portOf(env, port)}` : ''
  return { name: process.name, address, ...(await askReady(process, env)) }
}
