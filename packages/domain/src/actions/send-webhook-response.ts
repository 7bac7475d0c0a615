import { createHash } from 'node:crypto'
import { z } from 'zod'
import { DomainError } from '../errors.ts'
import { mustBe } from '../field-problems.ts'
import { asId } from '../json.ts'
import { checkTargetUrl, type TargetPolicy, targetRules } from '../target-url.ts'
import { defineAction } from './action.ts'
import { idSchema } from './client-task.ts'

/** A request that nobody approved within a day is no longer what somebody meant. */
const EXPIRES_AFTER_MS = 24 * 60 * 60_000
const MAX_PAYLOAD_BYTES = 1_048_576
const URL_RULE = 'a URL that may be called'
const TYPE_RULE = 'a word: letters, digits, ".", "_" and "-", at most 64'

export interface ResponsePorts {
  /** MAKE_COM_WEBHOOK_ENDPOINT. */
  readonly defaultTarget: string | undefined
  /** What an installation lets endpoints be; the same as for every endpoint. */
  readonly policy: TargetPolicy
  /** Epoch milliseconds. */
  now(): number
}

/**
 * Asks for a response to be sent. Nothing is sent: the result is a request that a person approves or refuses. Whoever stores it keeps it as it
 * is; `payload_sha256` is what was approved, and delivery sends those bytes and no others, under its own rules.
 */
export const sendWebhookResponse = defineAction({
  name: 'send_webhook_response',
  title: 'Send a webhook response',
  description:
    'Asks for data to be sent to a client’s webhook. It only creates a request: a person must approve it before anything is sent.',
  isReadOnly: false,
  input: z.object(
    {
      response_url: z
        .string({ error: mustBe(URL_RULE) })
        .nullish()
        .describe('Where to send it; default MAKE_COM_WEBHOOK_ENDPOINT.'),
      response_data: z.json({ error: mustBe('JSON') }).describe('What to send.'),
      response_type: z
        .string({ error: mustBe(TYPE_RULE) })
        .regex(/^[A-Za-z0-9._-]{1,64}$/, { error: `must be ${TYPE_RULE}` })
        .describe('What kind of response it is, such as knowledge_graph.'),
      client_id: idSchema,
    },
    { error: mustBe('an object') },
  ),
  output: z
    .object({
      action: z.literal('send_webhook_response'),
      status: z.literal('pending_approval'),
      reason: z.string().describe('Why it needs approval, for who decides.'),
      target: z.string(),
      client_id: z.string(),
      response_type: z.string(),
      payload: z.string().describe('The JSON text that would be sent, byte for byte.'),
      payload_sha256: z.string().describe('SHA-256 of the payload’s UTF-8 bytes, in hex.'),
      requested_at: z.number().int().describe('Epoch milliseconds.'),
      expires_at: z.number().int().describe('Epoch milliseconds after which it can no longer be approved.'),
    })
    .meta({ title: 'Approval request' }),
  async act({ response_url, response_data, response_type, client_id }, ports: ResponsePorts) {
    const target = targetOf(response_url, ports)
    const clientId = asId(client_id) ?? ''
    const payload = JSON.stringify({ client_id: clientId, response_type, data: response_data })
    if (Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES)
      throw new DomainError('MR_DOMAIN_PAYLOAD_TOO_LARGE', `The payload is larger than ${MAX_PAYLOAD_BYTES} bytes`)
    const requestedAt = ports.now()
    return {
      action: 'send_webhook_response',
      status: 'pending_approval',
      reason: `Sending ${response_type} of client ${clientId} to ${target.host} leaves Millrace and cannot be taken back.`,
      target: target.href,
      client_id: clientId,
      response_type,
      payload,
      payload_sha256: createHash('sha256').update(payload).digest('hex'),
      requested_at: requestedAt,
      expires_at: requestedAt + EXPIRES_AFTER_MS,
    }
  },
})

/** The URL to send to, by its text alone; delivery resolves and judges it again before it connects. */
function targetOf(given: string | null | undefined, { defaultTarget, policy }: ResponsePorts): URL {
  const text = given ?? defaultTarget
  if (text === undefined)
    throw new DomainError('MR_DOMAIN_NO_TARGET', 'response_url is missing and MAKE_COM_WEBHOOK_ENDPOINT is not set')
  const verdict = checkTargetUrl(text, policy)
  if (verdict.ok) return verdict.url
  const reason = targetRules[verdict.rule]
  if (text !== given) throw new DomainError('MR_DOMAIN_NO_TARGET', `MAKE_COM_WEBHOOK_ENDPOINT is refused: ${reason}`)
  const problem = { pointer: '/response_url', detail: `must be ${URL_RULE}: ${reason}` }
  throw new DomainError('MR_DOMAIN_ACTION_INPUT', `send_webhook_response: ${problem.pointer} ${problem.detail}`, null, [
    problem,
  ])
}
