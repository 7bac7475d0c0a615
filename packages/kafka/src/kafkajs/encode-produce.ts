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
const BATCH_LENGTH_AT = 8
const CRC_AT = 17
const MAGIC = 2
const TRANSACTIONAL = 16

/** Zig-zag varints of 32 bits take no more. */
const MOST_VARINT_BYTES = 5
/** A character of UTF-16 takes no more as UTF-8. */
const MOST_CHARACTER_BYTES = 3
/** Of a record: attributes, time, offset, and the lengths of itself, its key, its value and its headers. */
const MOST_RECORD_BYTES = 2 + 5 * MOST_VARINT_BYTES

/** What is the same in all batches of a request. */
interface BatchFields {
  readonly transactional: number
  readonly now: Int64
  readonly producerId: Int64
  readonly producerEpoch: number
}

/**
 * The body of a Produce request, version 3 to 7, without compression; undefined for messages that name their own time, which we never send. Every
 * byte is written once into one buffer that is as large as it can get, and sizes are filled in behind, where kafkajs builds it of some ten encoders a
 * record, each copied into the next (protocol: https://kafka.apache.org/protocol#The_Messages_Produce, records:
 * https://kafka.apache.org/documentation/#recordbatch).
 * @param headroom bytes to leave free before it, for what goes ahead of the body
 */
export function encodeProduce(data: ProduceData, headroom = 0): Buffer | undefined {
  if (data.topicData.some(({ partitions }) => partitions.some(({ messages }) => messages.some(hasTime))))
    return undefined
  const fields = {
    transactional: data.transactionalId ? TRANSACTIONAL : 0,
    now: int64(BigInt(Date.now())),
    producerId: int64(BigInt(data.producerId?.toString() ?? -1)),
    producerEpoch: data.producerEpoch ?? 0,
  }
  const out = newWriter(Buffer.allocUnsafe(headroom + mostRequestBytes(data)), headroom)
  out.text16(data.transactionalId ?? null)
  out.int16(data.acks)
  out.int32(data.timeout)
  out.int32(data.topicData.length)
  for (const { topic, partitions } of data.topicData) {
    out.text16(topic)
    out.int32(partitions.length)
    for (const partition of partitions) {
      out.int32(partition.partition)
      writeBatch(out, partition, fields)
    }
  }
  return out.bytes.subarray(0, out.at())
}

function mostRequestBytes({ transactionalId, topicData }: ProduceData): number {
  let size = 12 + mostTextBytes(transactionalId ?? '')
  for (const { topic, partitions } of topicData) {
    size += 6 + mostTextBytes(topic)
    for (const { messages } of partitions) {
      size += 8 + BATCH_HEADER_BYTES
      for (const message of messages) size += mostRecordBytes(message)
    }
  }
  return size
}

function mostRecordBytes({ key, value, headers = {} }: Message): number {
  let size = MOST_RECORD_BYTES + mostBytes(key) + mostBytes(value)
  for (const name in headers) {
    const value = headers[name]
    const before = 2 * MOST_VARINT_BYTES + mostTextBytes(name)
    if (!Array.isArray(value)) size += before + mostBytes(value as Bytes)
    else for (const each of value) size += before + mostBytes(each)
  }
  return size
}

function mostBytes(value: Bytes): number {
  if (value === null || value === undefined) return 0
  return typeof value === 'string' ? mostTextBytes(value) : value.length
}

function mostTextBytes(text: string): number {
  return MOST_CHARACTER_BYTES * text.length
}

function writeBatch(out: Writer, { messages, firstSequence = 0 }: PartitionData, fields: BatchFields): void {
  const start = out.at() + 4
  // Sizes and checksum follow.
  out.seek(start + BATCH_LENGTH_AT + 4)
  out.int32(0)
  out.int8(MAGIC)
  out.int32(0)
  out.int16(fields.transactional)
  out.int32(messages.length - 1)
  out.int64(fields.now)
  out.int64(fields.now)
  out.int64(fields.producerId)
  out.int16(fields.producerEpoch)
  out.int32(firstSequence)
  out.int32(messages.length)
  for (let offset = 0; offset < messages.length; offset++) writeRecord(out, messages[offset] as Message, offset)
  const end = out.at()
  out.seek(start - 4)
  out.int32(end - start)
  out.int64(NOTHING)
  out.int32(end - start - 12)
  out.seek(start + CRC_AT)
  out.int32(crc32c(out.bytes, start + CRC_AT + 4, end))
  out.seek(end)
}

function writeRecord(out: Writer, { key, value, headers = {} }: Message, offset: number): void {
  const start = out.at()
  // A record begins with its size, which only its headers leave open: they are written where nothing else can reach, and moved when it is known.
  const ahead = start + MOST_RECORD_BYTES + mostBytes(key) + mostBytes(value)
  out.seek(ahead)
  writeHeaders(out, headers)
  const headerBytes = out.at() - ahead
  out.seek(start)
  out.varint(2 + varintSize(offset) + bytesVarSize(key) + bytesVarSize(value) + headerBytes)
  out.int8(0)
  out.varint(0)
  out.varint(offset)
  out.bytesVar(key)
  out.bytesVar(value)
  out.move(ahead, headerBytes)
}

function writeHeaders(out: Writer, headers: NonNullable<Message['headers']>): void {
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

/** Its two halves: numbers of JavaScript are written faster than its large ones, and these are the same in all batches of a request. */
interface Int64 {
  readonly high: number
  readonly low: number
}

const NOTHING: Int64 = { high: 0, low: 0 }

function int64(value: bigint): Int64 {
  return { high: Number(BigInt.asIntN(32, value >> 32n)), low: Number(BigInt.asIntN(32, value)) }
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
  const int32 = (value: number) => {
    bytes[at++] = value >>> 24
    bytes[at++] = value >>> 16
    bytes[at++] = value >>> 8
    bytes[at++] = value
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
    seek: (to: number) => {
      at = to
    },
    /** Puts here what was written further on. */
    move: (from: number, length: number) => {
      bytes.copyWithin(at, from, from + length)
      at += length
    },
    int8: (value: number) => {
      bytes[at++] = value & 255
    },
    int16: (value: number) => {
      at = bytes.writeInt16BE(value, at)
    },
    int32,
    int64: ({ high, low }: Int64) => {
      int32(high)
      int32(low)
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
