import { type Agent, request } from 'node:http'
import { MAKE_PATH } from './sample-traffic.ts'
import { signMake } from './sign-samples.ts'

export interface GraphQuestion {
  readonly gatewayUrl: string
  readonly secret: string
  readonly body: Buffer
  readonly agent: Agent
  /** The request's `Idempotency-Key`. */
  readonly key?: string
  /** `performance.now()` from which its time counts. Default: now. */
  readonly since?: number
}

/** An answer of the synchronous route. `json` is its body, parsed; null when it is no JSON. */
export interface GraphAnswer {
  readonly status: number
  readonly text: string
  readonly json: {
    readonly webhook_id?: string
    readonly status?: string
    readonly client_id?: string
    readonly rule?: string
    readonly errors?: readonly object[]
    readonly result?: { readonly knowledge_graph?: { readonly extraction_id?: string } }
  } | null
  /** Milliseconds from `since` to the last byte. */
  readonly ms: number
}

/** Posts a task as Make's scenario does, and waits for the answer. Rejects when the connection breaks. */
export function askForGraph({ gatewayUrl, secret, body, agent, key, since }: GraphQuestion): Promise<GraphAnswer> {
  const began = since ?? performance.now()
  const headers = {
    ...signMake(body, secret),
    'content-length': body.length,
    ...(key === undefined ? {} : { 'idempotency-key': key }),
  }
  return new Promise((resolve, reject) => {
    const asking = request(`${gatewayUrl}${MAKE_PATH}`, { method: 'POST', agent, headers }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('error', reject)
      answer.on('end', () => {
        const text = Buffer.concat(parts).toString()
        resolve({ status: answer.statusCode ?? 0, text, json: jsonIn(text), ms: performance.now() - began })
      })
    })
    asking.on('error', reject)
    asking.end(body)
  })
}

function jsonIn(text: string): GraphAnswer['json'] {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
