import { topicKey } from '@millrace/domain'
import { type Kafka, type Log, type OutRecord, type TransformBatch, transient } from '@millrace/kafka'
import { type Delivery, topics } from '@millrace/schemas'
import { redisScript } from '@millrace/service-kit'
import type { Redis } from 'ioredis'
import { REPLAY_HEADER, runName } from './delivery-run.ts'
import type { EndpointDirectory } from './endpoint-directory.ts'

/** Gives the deliveries of ordered endpoints their place in their conversation. The others pass as they are. */
export type NumberDeliveries = (
  batch: Pick<TransformBatch<unknown>, 'topic' | 'partition' | 'committed'>,
  outputs: readonly OutRecord<unknown>[],
) => Promise<OutRecord<unknown>[]>

export interface NumberingOptions {
  readonly redis: Pick<Redis, 'evalsha' | 'eval' | 'hsetnx'>
  readonly kafka: Pick<Kafka, 'read' | 'decode'>
  readonly endpoints: Pick<EndpointDirectory, 'find'>
  readonly log: Log
  /** The transform's group. */
  readonly group: string
}

/** After this a predecessor has ended, whatever became of it. */
const KEPT_MS = 73 * 3_600_000
/** Beside a body: key, headers and the other fields. What is too large for its topic is a dead letter of the transform, and nobody may wait for it. */
const OTHER_BYTES = 65_536
const MARKER = 'delivery:chains'
/** A replay has a chain of its own in each conversation: live deliveries never wait for it. */
const chainKey = (key: string, conversation: string, replay = '') =>
  `delivery:chain:${key}/${conversation}${replay === '' ? '' : `/${replay}`}`

const linkScript = redisScript(new URL('./link-delivery.lua', import.meta.url))
const restoreScript = redisScript(new URL('./restore-chain.lua', import.meta.url))

interface Place {
  readonly output: OutRecord<Delivery>
  readonly at: number
  readonly offset: bigint
}

/**
 * Numbers by endpoint and conversation, in the order of the outputs. Numbers are kept in Redis before the transaction, and are the same when the batch is
 * made once more. Where Redis was emptied or went back they are read back from `deliveries.requested`.
 * @throws KafkaError `MR_KAFKA_TRANSIENT` (the promise rejects) while Redis does not answer
 */
export function createNumbering(options: NumberingOptions): NumberDeliveries {
  const { redis, endpoints, log, group } = options
  let readingBack: Promise<void> | undefined
  /** Of all links ever made, as far as this process was told: Redis never counts back, unless it lost what it had. */
  let seen = 0

  const orderedOf = (outputs: readonly OutRecord<unknown>[]): Map<string, Place[]> => {
    const chains = new Map<string, Place[]>()
    for (const [at, output] of outputs.entries()) {
      const place = placeOf(output, at, endpoints)
      if (place === undefined) continue
      const key = chainKey(output.key, place.output.value?.conversation_id ?? '', replayOf(output))
      chains.set(key, [...(chains.get(key) ?? []), place])
    }
    return chains
  }

  const link = async (source: string, committed: bigint, key: string, places: readonly Place[]): Promise<string[]> => {
    const args = places.flatMap(({ output, offset }) => [
      String(offset),
      output.value === null ? '' : runName(output.value),
    ])
    const answer = (await linkScript(
      redis,
      [MARKER, key],
      [source, String(committed), KEPT_MS, seen, ...args],
    )) as string[]
    const [calls, ...numbers] = answer
    if (calls !== 'lost') {
      seen = Math.max(seen, Number(calls))
      return numbers
    }
    seen = 0
    readingBack ??= readBack(options).finally(() => {
      readingBack = undefined
    })
    await readingBack
    return link(source, committed, key, places)
  }

  return async ({ topic, partition, committed }, outputs) => {
    const chains = orderedOf(outputs)
    if (chains.size === 0) return [...outputs]
    const numbered = [...outputs]
    const source = `${group}:${topic}-${partition}`
    try {
      const linking = Array.from(chains, async ([key, places]) => {
        const answer = await link(source, committed, key, places)
        for (const [nth, { output, at }] of places.entries()) {
          const predecessor = answer[nth * 2 + 1] || null
          const value = { ...output.value, sequence: Number(answer[nth * 2]), predecessor_id: predecessor }
          numbered[at] = { ...output, value }
        }
      })
      await Promise.all(linking)
    } catch (cause) {
      log.debug({ group }, 'deliveries cannot be numbered')
      throw transient(`deliveries cannot be numbered: ${(cause as Error).message}`, { cause })
    }
    return numbered
  }
}

function replayOf({ headers }: OutRecord<unknown>): string {
  return String(headers?.[REPLAY_HEADER] ?? '')
}

function placeOf(output: OutRecord<unknown>, at: number, endpoints: NumberingOptions['endpoints']): Place | undefined {
  if (output.topic.name !== topics.requested.name || output.value === null) return undefined
  const delivery = output.value as Delivery
  const endpoint = endpoints.find(output.key)
  if (typeof endpoint === 'string' || endpoint.order !== 'conversation' || delivery.conversation_id === null)
    return undefined
  const bytes = delivery.body.length + (delivery.preview?.payload.length ?? 0)
  if (bytes > topics.requested.maxValueBytes - OTHER_BYTES) return undefined
  return { output: output as OutRecord<Delivery>, at, offset: output.cause?.offset ?? 0n }
}

/** The last delivery of each chain, from what was requested. */
async function readBack({ redis, kafka, log, group }: NumberingOptions): Promise<void> {
  const last = new Map<string, { readonly id: string; readonly sequence: number }>()
  for await (const record of kafka.read(topics.requested, { untilEnd: true })) {
    const delivery = kafka.decode(topics.requested, record)
    // Only the chains of live deliveries: the rest of a replay goes out without an order when Redis was lost.
    if (delivery === null || delivery.run_id !== '' || delivery.sequence === 0 || delivery.conversation_id === null)
      continue
    const key = chainKey(topicKey(delivery.tenant, delivery.endpoint_id), delivery.conversation_id)
    if (delivery.sequence > (last.get(key)?.sequence ?? 0))
      last.set(key, { id: delivery.delivery_id, sequence: delivery.sequence })
  }
  for (const [key, { id, sequence }] of last) await restoreScript(redis, [key], [sequence, id, KEPT_MS])
  // Last, so that who finds it finds the chains too.
  await redis.hsetnx(MARKER, 'calls', 0)
  log.info({ group, chains: last.size }, 'the order of deliveries was read back')
}
