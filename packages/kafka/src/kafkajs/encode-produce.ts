import { crc32c } from './crc32c.ts'

type Bytes = Buffer | string | null | undefined

/** One message as kafkajs takes it. */
interface Message {
  readonly key?: Bytes
  readonly value: Bytes
  readonly headers?: Readonly<Record<string, Bytes | readonly Bytes[]>>
  readonly timestamp?: string | null
}

interface PartitionData {
  readonly partition: number
  readonly firstSequence?: number
  readonly messages: readonly Message[]
}

/** What kafkajs gives its own encoder of Produce requests, version 3 to 7. */
export interface ProduceData {
  readonly transactionalId?: string | null | undefined
  readonly acks: number
  /** Milliseconds. */
  readonly timeout: number
  /** Of kafkajs's own class for 64 bits. */
  readonly producerId?: { toString(): string } | undefined
  readonly producerEpoch?: number | undefined
  readonly topicData: readonly { readonly topic: string; readonly partitions: readonly PartitionData[] }[]
}

/** `baseOffset, batchLength, partitionLeaderEpoch, magic, crc` … `baseSequence, count` of a record batch. */
const BATCH_HEADER_BYTES = 61
const CRC_AT = 17
const MAGIC = 2
const TRANSACTIONAL = 16

/** A batch with the sizes of its records, each found once. */
interface SizedBatch extends PartitionData {
  readonly sizes: readonly number[]
  readonly size: number
}

/**
 * The body of a Produce request, version 3 to 7, without compression; undefined for messages that name their own time, which we never send. Sizes
 * first, then every byte written once, where kafkajs builds it of some ten encoders a record, each copied into the next (protocol:
 * https://kafka.apache.org/protocol#The_Messages_Produce, records: https://kafka.apache.org/documentation/#recordbatch).
 * @param headroom bytes to leave free before it, for what goes ahead of the body
 */
export function encodeProduce(data: ProduceData, headroom = 0): Buffer | undefined {
  if (data.topicData.some(({ partitions }) => partitions.some(({ messages }) => messages.some(hasTime))))
    return undefined
  const now = BigInt(Date.now())
  const topics = data.topicData.map(({ topic, partitions }) => ({ topic, batches: partitions.map(sized) }))
  const out = newWriter(Buffer.allocUnsafe(headroom + requestSize(data, topics)), headroom)
  out.text16(data.transactionalId ?? null)
  out.int16(data.acks)
  out.int32(data.timeout)
  out.int32(topics.length)
  for (const { topic, batches } of topics) {
    out.text16(topic)
    out.int32(batches.length)
    for (const batch of batches) {
      out.int32(batch.partition)
      writeBatch(out, batch, data, now)
    }
  }
  return out.bytes
}

function requestSize(
  { transactionalId }: ProduceData,
  topics: readonly { readonly topic: string; readonly batches: readonly SizedBatch[] }[],
): number {
  let size = 12 + (transactionalId ? Buffer.byteLength(transactionalId) : 0)
  for (const { topic, batches } of topics) {
    size += 6 + Buffer.byteLength(topic)
    for (const batch of batches) size += 8 + batch.size
  }
  return size
}

function sized(data: PartitionData): SizedBatch {
  let size = BATCH_HEADER_BYTES
  const sizes: number[] = []
  for (const [offset, message] of data.messages.entries()) {
    const record = recordSize(message, offset)
    sizes.push(record)
    size += varintSize(record) + record
  }
  return { ...data, sizes, size }
}

function writeBatch(out: Writer, batch: SizedBatch, data: ProduceData, now: bigint): void {
  const { messages, sizes, size, firstSequence = 0 } = batch
  out.int32(size)
  const start = out.at()
  out.int64(0n)
  out.int32(size - 12)
  out.int32(0)
  out.int8(MAGIC)
  out.int32(0)
  out.int16(data.transactionalId ? TRANSACTIONAL : 0)
  out.int32(messages.length - 1)
  out.int64(now)
  out.int64(now)
  out.int64(BigInt(data.producerId?.toString() ?? -1))
  out.int16(data.producerEpoch ?? 0)
  out.int32(firstSequence)
  out.int32(messages.length)
  for (const [offset, message] of messages.entries()) writeRecord(out, message, offset, sizes[offset] ?? 0)
  const end = out.at()
  out.bytes.writeUInt32BE(crc32c(out.bytes, start + CRC_AT + 4, end), start + CRC_AT)
}

function writeRecord(out: Writer, message: Message, offset: number, size: number): void {
  out.varint(size)
  out.int8(0)
  out.varint(0)
  out.varint(offset)
  out.bytesVar(message.key)
  out.bytesVar(message.value)
  const { headers = {} } = message
  out.varint(headerCount(headers))
  for (const name in headers) {
    const value = headers[name]
    // One value, as in all of ours, without a list for it.
    if (!Array.isArray(value)) {
      out.bytesVar(name)
      out.bytesVar(value as Bytes)
    } else {
      for (const each of value) {
        out.bytesVar(name)
        out.bytesVar(each)
      }
    }
  }
}

function hasTime({ timestamp }: Message): boolean {
  return timestamp !== undefined && timestamp !== null
}

function recordSize({ key, value, headers = {} }: Message, offset: number): number {
  let size = 2 + varintSize(offset) + bytesVarSize(key) + bytesVarSize(value)
  size += varintSize(headerCount(headers))
  for (const name in headers) {
    const value = headers[name]
    if (!Array.isArray(value)) size += bytesVarSize(name) + bytesVarSize(value as Bytes)
    else for (const each of value) size += bytesVarSize(name) + bytesVarSize(each)
  }
  return size
}

function headerCount(headers: NonNullable<Message['headers']>): number {
  let count = 0
  for (const name in headers) {
    const value = headers[name]
    count += Array.isArray(value) ? value.length : 1
  }
  return count
}

function bytesVarSize(value: Bytes): number {
  if (value === null || value === undefined) return 1
  const length = typeof value === 'string' ? Buffer.byteLength(value) : value.length
  return varintSize(length) + length
}

/** Zig-zag: small numbers of either sign are short. All of ours are below 2^30. */
function varintSize(value: number): number {
  let left = ((value << 1) ^ (value >> 31)) >>> 0
  let size = 1
  for (; left > 127; left >>>= 7) size++
  return size
}

/** Lengths below it take one byte. */
const SHORT_TEXT = 64

type Writer = ReturnType<typeof newWriter>

function newWriter(bytes: Buffer, start: number) {
  let at = start
  const varint = (value: number) => {
    let left = ((value << 1) ^ (value >> 31)) >>> 0
    for (; left > 127; left >>>= 7) bytes[at++] = (left & 127) | 128
    bytes[at++] = left
  }
  /** Written behind a length of one byte, which is that of a short text; longer ones once more, behind their own. */
  const textVar = (value: string) => {
    const length = bytes.write(value, at + 1)
    if (length < SHORT_TEXT) {
      bytes[at] = length << 1
      at += length + 1
      return
    }
    varint(Buffer.byteLength(value))
    at += bytes.write(value, at)
  }
  return {
    bytes,
    at: () => at,
    int8: (value: number) => {
      bytes[at++] = value & 255
    },
    int16: (value: number) => {
      at = bytes.writeInt16BE(value, at)
    },
    int32: (value: number) => {
      at = bytes.writeInt32BE(value, at)
    },
    int64: (value: bigint) => {
      at = bytes.writeBigInt64BE(value, at)
    },
    text16: (value: string | null) => {
      at = bytes.writeInt16BE(value === null ? -1 : Buffer.byteLength(value), at)
      if (value !== null) at += bytes.write(value, at)
    },
    varint,
    bytesVar: (value: Bytes) => {
      if (value === null || value === undefined) return varint(-1)
      if (typeof value === 'string') return textVar(value)
      varint(value.length)
      bytes.set(value, at)
      at += value.length
    },
  }
}
