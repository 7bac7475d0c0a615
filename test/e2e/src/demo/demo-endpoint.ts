import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import type { Kafka } from '@millrace/kafka'
import { topics } from '@millrace/schemas'
import type { DemoSettings } from './demo-settings.ts'
import { textField } from './post-sample.ts'

const cli = resolve(import.meta.dirname, '../../../../packages/cli/src/main.ts')

/** Makes the receiver an endpoint, unless it is one already, and gives its id. Null when no receiver answers, so that nothing is delivered. */
export async function ensureDemoEndpoint(kafka: Kafka, settings: DemoSettings): Promise<string | null> {
  if (!settings.receiverSecret || !(await answers(`${settings.receiverUrl}/_control`))) return null
  const url = `${settings.receiverUrl}/webhooks`
  return (await findEndpoint(kafka, url)) ?? (await addEndpoint(url, settings.receiverSecret))
}

async function findEndpoint(kafka: Kafka, url: string): Promise<string | undefined> {
  const table = kafka.table(topics.endpoints)
  try {
    await table.ready
    const known = [...table.entries()].map(([, endpoint]) => endpoint)
    return known.find((endpoint) => endpoint.url === url && endpoint.is_enabled)?.endpoint_id
  } finally {
    await table.close()
  }
}

/** The command is the one way to write endpoints while there is no console. The secret is the local stack's own. */
async function addEndpoint(url: string, secret: string): Promise<string> {
  const child = spawn(process.execPath, [cli, 'endpoints', 'add', url, '--secret', secret, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  const output = await text(child.stdout)
  const [code] = await ended
  if (code !== 0) throw new Error(`\`millrace endpoints add ${url}\` ended with exit code ${code}`)
  return textField(JSON.parse(output), 'endpoint_id')
}

async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    (response) => response.ok,
    () => false,
  )
}
