import { brokersAnswer, redisUrlAnswers } from './addresses.ts'
import { runCommand } from './command.ts'
import { type Env, portOf } from './local-env.ts'
import { askReady, type Readiness } from './readiness.ts'
import { runningEnv } from './running-env.ts'
import { type LocalProcess, services, simulators } from './services.ts'
import { type StatusRow, statusLines } from './status-lines.ts'

await runCommand(async () => {
  const { env, isRunning, isSimulated, pids } = runningEnv()
  const processes = isSimulated ? [...services, ...simulators] : services
  const rows = await Promise.all([
    kafkaRow(env),
    redisRow(env),
    ...processes.map((process) => processRow(process, env)),
  ])
  for (const line of statusLines(rows, pids)) console.log(line)
  if (!isRunning) console.log('npm start does not run from this checkout.')
  return rows.every(({ isReady }) => isReady) ? 0 : 1
})

async function kafkaRow({ KAFKA_BROKERS: brokers = '' }: Env): Promise<StatusRow> {
  return { name: 'kafka', address: brokers, ...said(await brokersAnswer(brokers.split(','))) }
}

async function redisRow({ REDIS_URL: url = '' }: Env): Promise<StatusRow> {
  const address = url.replace(/^.*@|^rediss?:\/\//, '')
  return { name: 'redis', address, ...said(await redisUrlAnswers(url)) }
}

function said(answers: boolean): Readiness {
  return { isReady: answers, reason: answers ? '' : 'does not answer' }
}

async function processRow(process: LocalProcess, env: Env): Promise<StatusRow> {
  const port = process.http ?? process.admin
  const address = port ? `127.0.0.1:${portOf(env, port)}` : ''
  return { name: process.name, address, ...(await askReady(process, env)) }
}
