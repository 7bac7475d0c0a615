import avro from 'avsc'

/** The parts of avsc's codecs that are replaced here; its version is pinned. */
interface Tap {
  readonly pos: number
  readonly buf: Buffer
  readLong(): number
  skipLong(): void
  readString(): string
  skipString(): void
}
interface Codec {
  _read(tap: Tap): unknown
  _skip(tap: Tap): void
}

/**
 * Makes avsc refuse counts of array and map items that the remaining bytes cannot hold. It believes any count, so that a few damaged bytes
 * would keep a reader looping for hours. Holds for schemas whose items take a byte or more each, which is all of ours. The prototypes are
 * changed because instances are frozen; nothing but this package uses avsc.
 */
export function boundCounts(): void {
  Object.assign(avro.types.ArrayType.prototype, { _read: readArray, _skip: skipArray })
  Object.assign(avro.types.MapType.prototype, { _read: readMap, _skip: skipMap })
}

/** Calls `item` once for each item of all blocks, https://avro.apache.org/docs/1.12.0/specification/#arrays-1 */
function eachItem(tap: Tap, item: () => void): void {
  for (let count = blockCount(tap); count > 0; count = blockCount(tap)) {
    for (let left = count; left > 0; left--) item()
  }
}

function blockCount(tap: Tap): number {
  const count = tap.readLong()
  if (count < 0) tap.skipLong()
  if (Math.abs(count) > tap.buf.length - tap.pos)
    throw new RangeError(`${Math.abs(count)} items cannot be in the bytes left`)
  return Math.abs(count)
}

function readArray(this: { itemsType: Codec }, tap: Tap): unknown[] {
  const items: unknown[] = []
  eachItem(tap, () => items.push(this.itemsType._read(tap)))
  return items
}

function skipArray(this: { itemsType: Codec }, tap: Tap): void {
  eachItem(tap, () => this.itemsType._skip(tap))
}

// From entries, so that a key such as `__proto__` is a key like any other.
function readMap(this: { valuesType: Codec }, tap: Tap): Record<string, unknown> {
  const entries: [string, unknown][] = []
  eachItem(tap, () => entries.push([tap.readString(), this.valuesType._read(tap)]))
  return Object.fromEntries(entries)
}

function skipMap(this: { valuesType: Codec }, tap: Tap): void {
  eachItem(tap, () => {
    tap.skipString()
    this.valuesType._skip(tap)
  })
}
