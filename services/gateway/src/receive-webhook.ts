import { readBatch } from '@millrace/domain'
import type { Kafka } from '@millrace/kafka'
import type { Source } from '@millrace/service-kit'
import { context, trace } from '@opentelemetry/api'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { answerCaller } from './answer-caller.ts'
import { chosenHeaders, headerTexts } from './chosen-headers.ts'
import { GatewayError } from './errors.ts'
import { handshakeAnswer } from './handshake.ts'
import type { Limits } from './limits.ts'
import type { Observer } from './observe.ts'
import { publish } from './publish.ts'
import { type ReceivedRecord, receivedRecords } from './received-webhooks.ts'
import type { ReplyDesk } from './reply-desk.ts'
import { proveRequest } from './verify-request.ts'

export interface ReceiverParts {
  readonly kafka: Pick<Kafka, 'send'>
  readonly desk: ReplyDesk
  readonly limits: Limits
  readonly observer: Observer
  readonly isValidationRequired: boolean
  /** Milliseconds that a synchronous caller is kept waiting. */
  readonly replyTimeoutMs: number
}

/** Handles one request of a source, from its raw bytes to its answer. */
export type Receiver = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/** Verify, limit, read, store, acknowledge: nothing is stored of a request that is refused, nothing is acknowledged that is not stored. */
export function createReceiver(parts: ReceiverParts, source: Source): Receiver {
  const receive: Receiver = async (request, reply) => {
    const { exchange } = request
    const body = bytesOf(request)
    const headers = headerTexts(request.raw.headers)
    verify(parts, source, request, headers, body)
    await parts.limits.checkSource(request, reply)
    const batch = readBatch(body)
    const handshake = batch.isArray ? null : handshakeAnswer(source.provider, batch.items[0]?.json, headers)
    if (handshake !== null) return handshake
    exchange.events = batch.items.length
    const records = receivedRecords({
      webhookId: exchange.webhookId,
      source,
      scheme: exchange.scheme ?? 'none',
      receivedAt: exchange.receivedAt,
      headers: chosenHeaders(headers, source),
      batch,
      replyTo: source.isSynchronous ? parts.desk.channel : null,
    })
    if (source.isSynchronous) return answer(parts, records, request, reply)
    exchange.positions = await publish(parts.kafka, records)
    return { webhook_id: exchange.webhookId, status: 'accepted', events: records.length }
  }
  return (request, reply) =>
    context.with(trace.setSpan(context.active(), request.exchange.span), () => receive(request, reply))
}

function bytesOf({ body, exchange }: FastifyRequest): Buffer {
  if (body instanceof GatewayError) throw body
  // Without a body there is nothing to parse for Fastify; for us it is a body without bytes.
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
  exchange.bytes = bytes.length
  return bytes
}

function verify(
  parts: ReceiverParts,
  source: Source,
  { exchange }: FastifyRequest,
  headers: Readonly<Record<string, string | undefined>>,
  body: Buffer,
): void {
  const since = performance.now()
  try {
    const { scheme, secretId } = proveRequest(
      source,
      { headers, body },
      exchange.receivedAt,
      parts.isValidationRequired,
    )
    exchange.scheme = scheme
    exchange.secretId = secretId ?? undefined
  } finally {
    parts.observer.verified(source, (performance.now() - since) / 1_000)
  }
}

/** The answer of a source that waits for what is made of its event. */
async function answer(
  { kafka, desk, replyTimeoutMs }: ReceiverParts,
  records: readonly ReceivedRecord[],
  { exchange }: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const [record] = records
  if (record === undefined || records.length > 1) throw new GatewayError('MR_GATEWAY_ONE_EVENT')
  const gone = new AbortController()
  const hangUp = () => gone.abort()
  reply.raw.once('close', hangUp)
  try {
    const found = await answerCaller(desk, {
      replyKey: record.replyKey,
      timeoutMs: replyTimeoutMs,
      signal: gone.signal,
      publish: async () => {
        exchange.positions = await publish(kafka, records)
      },
    })
    // Whoever hung up needs no answer, and Fastify must not write one.
    if (found === null) return reply.hijack()
    return reply.code(found.statusCode).type('application/json; charset=utf-8').send(found.body)
  } finally {
    reply.raw.off('close', hangUp)
  }
}
