import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { Kafka } from '@millrace/kafka'
import { topics } from '@millrace/schemas'
import type { DemoSettings } from './demo-settings.ts'

const cli = resolve(import.meta.dirname, '../../../../packages/cli/src/main.ts')

/** Makes the receiver an endpoint, unless it is one already. False when no receiver answers, so that nothing is delivered. */
export async function ensureDemoEndpoint(kafka: Kafka, settings: DemoSettings): Promise<boolean> {
  if (!settings.receiverSecret || !(await answers(`${settings.receiverUrl}/_control`))) return false
  const url = `${settings.receiverUrl}/webhooks`
  if (!(await isEndpoint(kafka, url))) await addEndpoint(url, settings.receiverSecret)
  return true
}

async function isEndpoint(kafka: Kafka, url: string): Promise<boolean> {
  const table = kafka.table(topics.endpoints)
  try {
    await table.ready
    return [...table.entries()].some(([, endpoint]) => endpoint.url === url && endpoint.is_enabled)
  } finally {
    await table.close()
  }
}

/** The command is the one way to write endpoints while there is no console. The secret is the local stack's own. */
async function addEndpoint(url: string, secret: string): Promise<void> {
  const child = spawn(process.execPath, [cli, 'endpoints', 'add', url, '--secret', secret], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`\`millrace endpoints add ${url}\` ended with exit code ${code}`)
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    (response) => response.ok,
    () => false,
  )
}
