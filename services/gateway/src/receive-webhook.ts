import { readBatch } from '@millrace/domain'
import type { Kafka, Sent } from '@millrace/kafka'
import type { Source } from '@millrace/service-kit'
import { signedAt } from '@millrace/signing'
import { answerCaller } from './answer-caller.ts'
import type { AskedRequests } from './asked-requests.ts'
import { checkContract } from './check-contract.ts'
import { chosenHeaders, headerTexts } from './chosen-headers.ts'
import type { Decide } from './decisions.ts'
import { GatewayError } from './errors.ts'
import { type Answer, type Exchange, JSON_TYPE, type WebhookRequest } from './exchange.ts'
import type { RefusalExplainer } from './explain-refusal.ts'
import { type AskingRequest, type HandshakeReply, provenAnswer, unprovenAnswer } from './handshake.ts'
import type { KafkaOutage } from './kafka-outage.ts'
import { createLargeTurns } from './large-turns.ts'
import type { Limits } from './limits.ts'
import type { Observer } from './observe.ts'
import { publish } from './publish.ts'
import { type ByteBudget, readBody } from './read-body.ts'
import { type ReceivedRecord, receivedRecords } from './received-webhooks.ts'
import type { ReplyDesk } from './reply-desk.ts'
import { acceptedAnswer, prefersAsync, statusPath } from './respond-async.ts'
import { proveRequest } from './verify-request.ts'

export interface ReceiverParts {
  readonly kafka: Pick<Kafka, 'send'>
  readonly outage: KafkaOutage
  readonly desk: ReplyDesk
  readonly asked: AskedRequests
  readonly budget: ByteBudget
  readonly observer: Observer
  readonly refusals: RefusalExplainer
  readonly decide: Decide | undefined
  readonly limits: Limits
  readonly isValidationRequired: boolean
  /** Milliseconds that a synchronous caller is kept waiting. */
  readonly replyTimeoutMs: number
  /** Address of this gateway for URLs that it tells; without it they are paths. */
  readonly baseUrl: string | undefined
  /** Told of each request that is there as a whole. */
  atWork(request: WebhookRequest): void
}

/** Handles one request of a source, from its body to its answer; null when the caller hung up. What it throws is a refusal. */
export type Receiver = (exchange: Exchange, source: Source) => Promise<Answer | null>

/** Verify, limit, read, store, acknowledge: nothing is stored of a request that is refused, nothing is acknowledged that is not stored. */
export function createReceiver(parts: ReceiverParts): Receiver {
  const largeTurns = createLargeTurns()
  return async (exchange, source) => {
    const coming = readBody(exchange, source.maxBodyBytes, parts.budget)
    const body = Buffer.isBuffer(coming) ? coming : await coming
    exchange.bytes = body.length
    parts.atWork(exchange.request)
    const turn = largeTurns(body.length)
    if (turn !== undefined) await turn
    parts.decide?.(exchange, 'body', { bytes: body.length })
    const headers = headerTexts(exchange.request.headers)
    const asking = { ...targetOf(exchange), headers, receivedAt: exchange.receivedAt }
    const open = unprovenAnswer(source, asking, body)
    if (open !== null) return withHeaders(exchange, open)
    verify(parts, source, exchange, headers, body)
    parts.limits.checkSource(exchange, source)
    parts.decide?.(exchange, 'source-limit', { remaining: exchange.headers?.['ratelimit-remaining'] ?? null })
    const batch = readBatch(body)
    parts.decide?.(exchange, 'scan', { events: batch.items.length, is_array: batch.isArray })
    const handshake = batch.isArray ? null : provenAnswer(source, { ...asking, json: batch.items[0]?.json })
    parts.decide?.(exchange, 'handshake', { is_handshake: handshake !== null })
    if (handshake !== null) return withHeaders(exchange, handshake)
    checkContract(source, batch)
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
    if (source.isSynchronous) return reply(parts, theOne(records), exchange, source)
    await store(parts, records, exchange)
    return accepted(exchange.webhookId, records.length)
  }
}

/** Answers a GET at the path of a source whose provider asks that way. Throws as `unprovenAnswer` does. */
export async function answerQuestion(exchange: Exchange, source: Source): Promise<Answer | null> {
  const headers = headerTexts(exchange.request.headers)
  const asking = { ...targetOf(exchange), headers, receivedAt: exchange.receivedAt, json: null }
  const reply = unprovenAnswer(source, asking, noBody) ?? provenAnswer(source, asking)
  return reply === null ? null : withHeaders(exchange, reply)
}

const noBody = Buffer.alloc(0)

function targetOf({ request }: Exchange): Pick<AskingRequest, 'method' | 'url'> {
  return { method: request.method === 'GET' ? 'GET' : 'POST', url: request.url ?? '' }
}

function withHeaders(exchange: Exchange, { headers, ...answer }: HandshakeReply): Answer {
  exchange.headers = { ...exchange.headers, ...headers }
  exchange.isHandshake = true
  return answer
}

/** An id needs no escape. */
function accepted(webhookId: string, events: number): Answer {
  return {
    statusCode: 200,
    type: JSON_TYPE,
    body: `{"webhook_id":"${webhookId}","status":"accepted","events":${events}}`,
  }
}

function verify(
  parts: ReceiverParts,
  source: Source,
  exchange: Exchange,
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
    noteSkew(parts, source, exchange, headers)
    parts.decide?.(exchange, 'verify', { scheme, secret_id: secretId })
  } catch (error) {
    if (error instanceof GatewayError) {
      parts.decide?.(exchange, 'verify', { rule: error.rule })
      const { webhookId, receivedAt, address } = exchange
      parts.refusals.note({ webhookId, receivedAt, address, source, headers, body, rule: error.rule })
    }
    throw error
  } finally {
    parts.observer.verified(source, (performance.now() - since) / 1_000)
  }
}

/** Only of what is proven: anybody could write any time. */
function noteSkew(
  { observer }: ReceiverParts,
  source: Source,
  { scheme: used, receivedAt }: Exchange,
  headers: Readonly<Record<string, string | undefined>>,
): void {
  const scheme = source.schemes.find(({ name }) => name === used)
  const at = scheme === undefined ? undefined : signedAt(scheme, headers)
  if (at !== undefined) observer.signedBefore(source, receivedAt - at)
}

async function store(
  { kafka, outage, decide }: ReceiverParts,
  records: readonly ReceivedRecord[],
  exchange: Exchange,
): Promise<readonly Sent[]> {
  const sent = await outage.around(() => publish(kafka, records))
  const positions = sent.flatMap(({ id, isErased }) => (isErased === true ? [] : [id]))
  exchange.positions = positions.length
  decide?.(exchange, 'publish', { positions })
  return sent
}

/** For callers who wait for what is made of it: nobody would ever answer them. @throws GatewayError `MR_GATEWAY_ERASED` */
async function storeAsked(parts: ReceiverParts, record: ReceivedRecord, exchange: Exchange): Promise<void> {
  const [sent] = await store(parts, [record], exchange)
  if (sent?.isErased === true) throw new GatewayError('MR_GATEWAY_ERASED')
}

function theOne(records: readonly ReceivedRecord[]): ReceivedRecord {
  const [record] = records
  if (record === undefined || records.length > 1) throw new GatewayError('MR_GATEWAY_ONE_EVENT')
  return record
}

/** The answer of a source that waits for what is made of its event, or where that will be. */
function reply(
  parts: ReceiverParts,
  record: ReceivedRecord,
  exchange: Exchange,
  source: Source,
): Promise<Answer | null> {
  const { prefer } = exchange.request.headers
  const isAsync = prefersAsync(typeof prefer === 'string' ? prefer : undefined)
  return isAsync ? promise(parts, record, exchange, source) : keepWaiting(parts, record, exchange)
}

/** Noted before it is stored: what was promised can be found. */
async function promise(
  parts: ReceiverParts,
  record: ReceivedRecord,
  exchange: Exchange,
  source: Source,
): Promise<Answer> {
  const { asked, baseUrl = '' } = parts
  const { webhookId } = exchange
  const isAnswered = await asked.note({ webhookId, source, replyKey: record.replyKey, windowMs: record.windowMs })
  if (!isAnswered) await storeAsked(parts, record, exchange)
  return acceptedAnswer(exchange, baseUrl + statusPath(source.path, webhookId))
}

async function keepWaiting(parts: ReceiverParts, record: ReceivedRecord, exchange: Exchange): Promise<Answer | null> {
  const { desk, replyTimeoutMs } = parts
  const gone = new AbortController()
  const hangUp = () => gone.abort()
  exchange.response.once('close', hangUp)
  try {
    const found = await answerCaller(desk, {
      replyKey: record.replyKey,
      timeoutMs: replyTimeoutMs,
      signal: gone.signal,
      publish: () => storeAsked(parts, record, exchange),
    })
    parts.decide?.(exchange, 'reply', { is_answered: found !== null })
    return found === null ? null : { ...found, type: JSON_TYPE }
  } finally {
    exchange.response.off('close', hangUp)
  }
}
