import { type FetchedRecord, partitionKey, type TopicPartition } from './port.ts'

export interface Taken {
  readonly tp: TopicPartition
  readonly record: FetchedRecord
}

/** What was fetched and not taken yet, and up to where each partition was read. */
export interface ReadBuffer {
  /** Notes a partition as readable; answers where to go on, undefined for wherever the member begins. */
  own(tp: TopicPartition): bigint | undefined
  /** `isVoid`: its log is another one now. */
  lose(tp: TopicPartition, isVoid: boolean): void
  position(tp: TopicPartition): bigint | undefined
  put(tp: TopicPartition, records: readonly FetchedRecord[]): void
  /** The position moved on, with or without records. */
  pass(tp: TopicPartition, next: bigint): void
  isFull(): boolean
  /** Partitions to pause because it is full; each once. */
  pausable(): readonly TopicPartition[]
  /** Partitions to resume because it is not; each once. */
  resumable(): readonly TopicPartition[]
  /** Whether records wait to be taken, or a position has moved since the last `take`. */
  hasNews(): boolean
  /** The next records in the order in which they came, and the next offset of each partition that moved. */
  take(): { readonly taken: readonly Taken[]; readonly next: ReadonlyMap<string, TopicPartition & { next: bigint }> }
  /** Whether everything below these ends (by `partitionKey`; 0 for none) was read or passed over. */
  hasPassed(ends: ReadonlyMap<string, bigint>): boolean
}

interface Reading {
  readonly tp: TopicPartition
  position: bigint | undefined
  /** Records of it in the buffer. */
  held: number
  isOwned: boolean
  isPaused: boolean
}

/** Roughly what a record takes beside key and value. */
const RECORD_BYTES = 300

export function createReadBuffer(
  positions: ReadonlyMap<string, bigint>,
  { maxRecords, maxBytes }: { readonly maxRecords: number; readonly maxBytes: number },
): ReadBuffer {
  const readings = new Map<string, Reading>()
  /** Moved without records of theirs in the buffer. */
  const moved = new Set<Reading>()
  let held: (Taken & { readonly reading: Reading })[] = []
  let bytes = 0

  const readingOf = (tp: TopicPartition): Reading => {
    const place = partitionKey(tp)
    const known = readings.get(place)
    if (known !== undefined) return known
    const made = { tp, position: positions.get(place), held: 0, isOwned: false, isPaused: false }
    readings.set(place, made)
    return made
  }

  const take: ReadBuffer['take'] = () => {
    const taken: Taken[] = []
    const next = new Map<string, TopicPartition & { next: bigint }>()
    let size = 0
    for (const one of held) {
      if (taken.length >= maxRecords || size >= maxBytes) break
      taken.push(one)
      size += sizeOf(one.record)
      one.reading.held--
      next.set(partitionKey(one.tp), { ...one.tp, next: one.record.offset + 1n })
      if (one.reading.held === 0) moved.add(one.reading)
    }
    bytes -= size
    // What was taken must not be kept until all is: a reader that is just fast enough never gets there.
    held = held.slice(taken.length)
    for (const { tp, position } of moved) {
      if (position !== undefined) next.set(partitionKey(tp), { ...tp, next: position })
    }
    moved.clear()
    return { taken, next }
  }

  return {
    own(tp) {
      const reading = readingOf(tp)
      reading.isOwned = true
      reading.isPaused = bytes >= maxBytes
      return reading.position
    },
    lose(tp, isVoid) {
      const reading = readingOf(tp)
      reading.isOwned = false
      if (isVoid) reading.position = undefined
    },
    position: (tp) => readingOf(tp).position,
    put(tp, records) {
      const reading = readingOf(tp)
      for (const record of records) {
        if (record.offset < (reading.position ?? 0n)) continue
        reading.position = record.offset + 1n
        reading.held++
        bytes += sizeOf(record)
        held.push({ tp, record, reading })
      }
      moved.delete(reading)
    },
    pass(tp, next) {
      const reading = readingOf(tp)
      if (next <= (reading.position ?? -1n)) return
      reading.position = next
      if (reading.held === 0) moved.add(reading)
    },
    isFull: () => bytes >= maxBytes,
    pausable: () => turned(readings.values(), true),
    resumable: () => turned(readings.values(), false),
    hasNews: () => held.length > 0 || moved.size > 0,
    take,
    hasPassed: (ends) => [...ends].every(([place, end]) => end === 0n || (readings.get(place)?.position ?? 0n) >= end),
  }
}

function turned(readings: Iterable<Reading>, isPaused: boolean): TopicPartition[] {
  const changed = [...readings].filter((reading) => reading.isOwned && reading.isPaused !== isPaused)
  for (const reading of changed) reading.isPaused = isPaused
  return changed.map(({ tp }) => tp)
}

function sizeOf({ key, value, headers }: FetchedRecord): number {
  let size = RECORD_BYTES + (key?.length ?? 0) + (value?.length ?? 0)
  for (const [name, text] of headers) size += name.length + text.length
  return size
}
