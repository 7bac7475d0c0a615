import type { Topic } from '@millrace/schemas'
import { KafkaError } from './errors.ts'
import { createKeyedTurns } from './keyed-turns.ts'
import type { RecordMapper } from './records.ts'
import type { Sender } from './send.ts'
import type { Headers } from './types.ts'

type Place = Awaited<ReturnType<Sender['send']>>

/** Encodes and appends. Undefined when whom the record is about was erased: nothing was written. @throws KafkaError */
export type EncodedSend = <V>(
  topic: Topic<V>,
  key: string,
  value: V | null,
  headers: Headers | undefined,
  signal: AbortSignal | undefined,
) => Promise<Place | undefined>

export interface EncodedSendOptions {
  /** Milliseconds from the call to the refusal. */
  readonly timeoutMs: number
  /** Records that wait for their data keys, at most. */
  readonly maxWaiting: number
}

/**
 * Sends of a client with a cipher. A record whose data key is at hand goes at once; any other waits for it, and what comes after it with the same record
 * key waits behind it. Waiting for the data key and for the brokers takes no longer together than the brokers may take alone.
 */
export function createEncodedSend(
  mapper: Pick<RecordMapper, 'encode' | 'prepareWrite'>,
  sender: Pick<Sender, 'send'>,
  { timeoutMs, maxWaiting }: EncodedSendOptions,
): EncodedSend {
  const turns = createKeyedTurns()
  let waiting = 0
  return async (topic, key, value, headers, signal) => {
    const append = async (stopping: AbortSignal | undefined) => {
      const record = mapper.encode(topic, key, value, headers)
      return record === undefined ? undefined : sender.send(record, stopping)
    }
    const keys = mapper.prepareWrite([{ topic: topic as Topic<unknown>, key, value }])
    const turn = turns.turn(`${topic.name} ${key}`, keys)
    if (turn === undefined) return append(signal)
    if (waiting >= maxWaiting)
      throw new KafkaError('MR_KAFKA_QUEUE_FULL', `${waiting} records wait for their data keys`)
    waiting++
    try {
      return await appendInTime(turn, append, timeoutMs, signal)
    } finally {
      waiting--
    }
  }
}

async function appendInTime(
  turn: Promise<void>,
  append: (stopping: AbortSignal) => Promise<Place | undefined>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Place | undefined> {
  const late = new AbortController()
  let refusal = new KafkaError('MR_KAFKA_KEY_PENDING', 'the data key of the record was not to be had in time')
  const timer = setTimeout(() => late.abort(refusal), timeoutMs)
  const stopping = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal])
  try {
    await unlessStopped(turn, stopping)
    const unanswered = 'the brokers did not answer in time; the record may still be written'
    refusal = new KafkaError('MR_KAFKA_UNAVAILABLE', unanswered)
    return await unlessStopped(append(stopping), stopping)
  } finally {
    clearTimeout(timer)
  }
}

function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
