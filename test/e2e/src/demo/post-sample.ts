import { headersOf, type Sample } from '@millrace/test-support'
import type { DemoSettings } from './demo-settings.ts'

export interface Posted {
  readonly sample: Sample
  /** Epoch milliseconds just before the request. */
  readonly at: number
  readonly status: number
  readonly tookMs: number
  readonly webhookId: string
  readonly answer: unknown
}

/** Signs a sample as its provider does and posts it to the gateway. */
export async function postSample(sample: Sample, settings: DemoSettings): Promise<Posted> {
  const at = Date.now()
  const headers = headersOf(sample, settings.secrets, at)
  const body = new Uint8Array(sample.body)
  const response = await fetch(settings.gatewayUrl + sample.path, { method: 'POST', headers, body })
  const text = await response.text()
  const answer = parsed(text)
  return {
    sample,
    at,
    status: response.status,
    tookMs: Date.now() - at,
    webhookId: textField(answer, 'webhook_id'),
    answer,
  }
}

/** Tells the simulator what the webhook tells us, so that a read of the API agrees with it. */
export async function teachSimulator(sample: Sample, simulatorUrl: string): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  await fetch(`${simulatorUrl}/_control/webhooks`, { method: 'POST', headers, body: new Uint8Array(sample.body) })
}

/** The JSON of a text; the text itself when it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** A text field of a JSON object; empty when it has none. */
export function textField(json: unknown, name: string): string {
  const value = typeof json === 'object' && json !== null ? Reflect.get(json, name) : undefined
  return typeof value === 'string' ? value : ''
}
