import { constants, inflateRawSync } from 'node:zlib'
import { createSealedTexts, type RecordCipher } from '@millrace/kafka'

/** Reads values of Redis and of rows as whoever has all keys can, in every form that a service gives them. */
export interface ValueReader {
  /** Has the keys for `read` at hand. */
  prepare(values: readonly Buffer[]): Promise<void>
  /** What is in a value beyond its bytes as they lie there. Nothing of what was erased. */
  read(value: Buffer): ValueRead
}

export interface ValueRead {
  /** What anybody can read: it is packed, and not encrypted. */
  readonly plain: readonly Buffer[]
  readonly opened: readonly Buffer[]
}

const SEALED = 1
/** Key ids are texts: a keyed hash that happens to begin with the byte 1 is nothing sealed. */
const KEY_ID = /^[^/]+\/.+\/(?:\d{8}-)?[0-9a-f]{16}$/su
/** As packages/kafka/src/kept-texts.ts writes it. */
const SEALED_TEXT = '~'.charCodeAt(0)
/** What stands before it in `delivery:messages`: known, or claimed by the record of that position. */
const BEFORE_TEXT = /^(?:i|r|c\S+ )/
const PACKED = /^[A-Za-z0-9+/]{8,}={0,2}$/
const MOST_UNPACKED_BYTES = 64 * 1_048_576

export function createValueReader(cipher: RecordCipher | undefined): ValueReader {
  const texts = createSealedTexts(cipher)
  return {
    async prepare(values) {
      await texts.prepareOpen(values.flatMap((value) => partsOf(value).flatMap((part) => boxIn(part) ?? [])))
    },
    read(value) {
      const parts = partsOf(value)
      const boxes = parts.flatMap((part) => boxIn(part) ?? [])
      const opened = boxes.flatMap((box) => texts.open(box) ?? [])
      return { plain: parts.flatMap(unpackedOf), opened: [...opened, ...opened.flatMap(unpackedOf)] }
    },
  }
}

/** It, and what follows its prefix: text that is packed may begin with any letter. */
function partsOf(value: Buffer): readonly Buffer[] {
  const before = BEFORE_TEXT.exec(value.toString('latin1', 0, 300))?.[0]
  return before === undefined ? [value] : [value, value.subarray(before.length)]
}

function boxIn(part: Buffer): Buffer | undefined {
  const box = part[0] === SEALED_TEXT ? Buffer.from(part.toString('latin1', 1), 'base64') : part
  const end = box[0] === SEALED ? box.indexOf(0) : -1
  return end > 0 && KEY_ID.test(box.toString('utf8', 1, end)) ? box : undefined
}

function unpackedOf(said: Buffer): readonly Buffer[] {
  const text = said.toString('latin1')
  if (!PACKED.test(text)) return []
  try {
    return [inflateRawSync(Buffer.from(text, 'base64'), { maxOutputLength: MOST_UNPACKED_BYTES })]
  } catch (error) {
    // No packed text at all: a name, a number.
    const { errno } = error as { readonly errno?: unknown }
    if (errno === constants.Z_DATA_ERROR || errno === constants.Z_BUF_ERROR) return []
    throw error
  }
}
