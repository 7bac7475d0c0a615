import { waitFor } from '@millrace/test-support'
import type { DemoSettings } from './demo-settings.ts'

export interface Story {
  readonly conversationId: string
  /** Webhooks that the simulated Front sent of it, and those that the gateway took. */
  readonly sent: number
  readonly taken: number
}

const json = { 'content-type': 'application/json' }

/**
 * A conversation lives in the simulated Front, which tells of it by webhooks of its own: signed by it, repeated when refused.
 * @throws Error when the gateway does not answer the challenge, or a webhook is open after 30 s
 */
export async function playStory(simulator: string, settings: DemoSettings): Promise<Story> {
  await subscribe(simulator, settings)
  const before = await counts(simulator)
  const subject = 'My parcel is late'
  const opened = await act(simulator, 'open', { subject, handle: 'ada@example.com', text: 'Where is it?' })
  const id = opened.conversation.id
  await act(simulator, 'tag', [id, 'urgent'])
  await act(simulator, 'assign', [id, 'kim'])
  await act(simulator, 'comment', [id, 'The carrier has lost it.'])
  await act(simulator, 'reply', [id, { text: 'We have sent you a new one.' }])
  await act(simulator, 'archive', [id])
  const after = await waitFor(
    async () => {
      const now = await counts(simulator)
      return now.open === 0 && now
    },
    { what: 'the webhooks of the simulated Front', deadlineMs: 30_000, everyMs: 100 },
  )
  const taken = after.delivered - before.delivered
  return { conversationId: id, sent: taken + after.failed - before.failed, taken }
}

/** Once for a simulator and a gateway: both may have been started again since. */
async function subscribe(simulator: string, { gatewayUrl, secrets }: DemoSettings): Promise<void> {
  const url = `${gatewayUrl}/api/webhooks/front`
  const list = `${simulator}/_control/subscriptions`
  const known = (await (await fetch(list)).json()) as readonly { url: string; kind: string }[]
  if (known.some((webhook) => webhook.url === url && webhook.kind === 'app')) return
  const body = JSON.stringify({ kind: 'app', url, secret: secrets.front })
  const answer = await fetch(list, { method: 'POST', headers: json, body })
  if (!answer.ok) throw new Error(`the simulated Front could not set up its webhook: ${await answer.text()}`)
}

async function act(simulator: string, name: string, args: unknown): Promise<{ conversation: { id: string } }> {
  const body = JSON.stringify(args)
  const answer = await fetch(`${simulator}/_control/acts/${name}`, { method: 'POST', headers: json, body })
  if (!answer.ok) throw new Error(`the simulated Front refused ${name}: ${await answer.text()}`)
  return ((await answer.json()) as { event: { conversation: { id: string } } }).event
}

interface Counts {
  readonly open: number
  readonly delivered: number
  readonly failed: number
}

async function counts(simulator: string): Promise<Counts> {
  return ((await (await fetch(`${simulator}/_control`)).json()) as { webhooks: Counts }).webhooks
}
