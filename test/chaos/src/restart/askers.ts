import { type Deployment, freshMakeSample, headersOf } from '@millrace/test-support'
import { insist } from '../insist.ts'
import { type Asking, type During, keepAsking } from './keep-asking.ts'
import { createMcpCaller } from './mcp-caller.ts'

const ANSWER_WITHIN_MS = 60_000

/** A scenario that posts a task and waits for the answer, every second. */
export function askForTasks({ gatewayUrl, system }: Deployment, during?: During): Asking {
  const secrets = { front: system.webhookSecret, make: system.makeSecret }
  return keepAsking(
    1_000,
    async () => {
      const task = freshMakeSample()
      const answer = await fetch(`${gatewayUrl}${task.path}`, {
        method: 'POST',
        body: new Uint8Array(task.body),
        headers: headersOf(task, secrets),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      })
      const text = await answer.text()
      if (answer.status !== 200) return String(answer.status)
      return text.includes(task.clientId ?? '') ? null : 'an answer about somebody else'
    },
    during,
  )
}

const reads = [
  '/overview',
  '/events?limit=20',
  '/events?type=message.*&limit=5',
  '/conversations?limit=20',
  '/deliveries?limit=20',
  '/ledger',
] as const

/** Programs at the console's API: four reads a second, each of another kind, and now and then a token that is made and taken back. */
export function askConsole({ consoleUrl, adminToken }: Deployment, during?: During): Asking {
  const headers = { authorization: `Bearer ${adminToken}` }
  const ask = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${consoleUrl}/api/v1${path}`, {
      method,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { answer, text: await answer.text() }
  }
  let turn = 0
  return keepAsking(
    250,
    async () => {
      const place = turn++
      if (place % 10 !== 9) {
        const { answer } = await ask('GET', `/tenants/default${reads[place % reads.length]}`)
        return answer.ok ? null : String(answer.status)
      }
      const roles = [{ tenant: 'default', role: 'viewer' }]
      const made = await ask('POST', '/tokens', { name: `chaos ${place}`, roles })
      if (made.answer.status !== 201) return `token: ${made.answer.status}`
      const { token } = JSON.parse(made.text) as { token: { id: string } }
      const removed = await ask('DELETE', `/tokens/${token.id}`)
      return removed.answer.ok ? null : `token taken back: ${removed.answer.status}`
    },
    during,
  )
}

/** A model that asks what happened, every second. */
export async function askModelServer({ system, mcpUrl }: Deployment, during?: During): Promise<Asking> {
  const token = (await insist(system, 'tokens', 'add', 'model', '--role', 'default:viewer')).trim()
  const caller = createMcpCaller(mcpUrl, token)
  return keepAsking(1_000, () => caller.call('search_events', { limit: 5 }), during)
}
