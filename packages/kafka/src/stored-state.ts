/** A state as Redis holds it. */
export interface StoredState<S> {
  readonly state: S
  /** `topic@offset` after the batch that wrote it: once that is committed, so is what the batch published. Empty after a rebuild. */
  readonly next: string
}

/** The offset before the state, on a line of its own. */
export function storedAs<S>({ encode, decode }: { encode(state: S): string; decode(bytes: Buffer): S }) {
  return {
    encode: ({ state, next }: StoredState<S>) => `${next}\n${encode(state)}`,
    decode: (bytes: Buffer): StoredState<S> => {
      const end = bytes.indexOf('\n')
      return { next: bytes.subarray(0, end).toString(), state: decode(bytes.subarray(end + 1)) }
    },
  }
}
