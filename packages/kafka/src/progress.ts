/**
 * What of a partition is finished beyond the committed offset, as text for the commit's metadata: whoever owns the partition next skips it.
 * Held is what is not finished, since that is bounded by the records in hand: everything else below `position` is done, or is no record.
 */
export interface Progress {
  /** The committed offset: everything below it is done. */
  readonly committed: bigint
  /** Offsets below it and not in `unfinished` are done. */
  readonly position: bigint
  /** Ascending, from `committed` on. */
  readonly unfinished: readonly bigint[]
}

/** A broker takes 4,096 bytes of metadata a partition by default (`offset.metadata.max.bytes`). */
export const MAX_METADATA_BYTES = 4_096
const MARK = 'p1:'
const MAX_RAW_BYTES = Math.floor(((MAX_METADATA_BYTES - MARK.length) * 3) / 4) - 3
/** Of the first number, which is told last. */
const POSITION_BYTES = 10

/**
 * Text of at most `MAX_METADATA_BYTES`; empty when nothing is finished beyond the committed offset. What does not fit is left out from its end, so it
 * is then done again rather than skipped.
 */
export function encodeProgress({ committed, position, unfinished }: Progress): string {
  const deltas: number[] = []
  let previous = committed
  let end = position
  for (const offset of unfinished) {
    const bytes = varint(offset - previous)
    if (deltas.length + bytes.length > MAX_RAW_BYTES - POSITION_BYTES) {
      end = offset
      break
    }
    deltas.push(...bytes)
    previous = offset
  }
  const isAnyDone = end - committed > BigInt(unfinished.filter((offset) => offset < end).length)
  if (!isAnyDone) return ''
  return MARK + Buffer.from([...varint(end - committed), ...deltas]).toString('base64')
}

/** The progress told in a commit; undefined for text that is not by `encodeProgress`, such as another client's. */
export function decodeProgress(committed: bigint, text: string | null | undefined): Progress | undefined {
  if (!text?.startsWith(MARK)) return undefined
  const [ahead, ...deltas] = varints(Buffer.from(text.slice(MARK.length), 'base64'))
  if (ahead === undefined) return undefined
  let previous = committed
  const unfinished = deltas.map((delta) => {
    previous += delta
    return previous
  })
  return { committed, position: committed + ahead, unfinished }
}

/** LEB128, unsigned. */
function varint(value: bigint): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return bytes
}

function varints(bytes: Buffer): bigint[] {
  const values: bigint[] = []
  let value = 0n
  let shift = 0n
  for (const byte of bytes) {
    value |= BigInt(byte & 127) << shift
    shift += 7n
    if (byte > 127) continue
    values.push(value)
    value = 0n
    shift = 0n
  }
  return values
}
