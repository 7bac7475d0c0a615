/** A state as Redis holds it. */
export interface StoredState<S> {
  readonly state: S
  /** `topic@offset` after the batch that wrote it: once that is committed, so is what the batch published. Empty after a rebuild. */
  readonly next: string
  /** The same of the batch that wrote the first state that is not silent; empty before. After a rebuild, `PUBLISHED`. */
  readonly first: string
}

/** In place of a batch: it is in the topic. */
export const PUBLISHED = 'published'

/** Batches before the state, on a line of their own. */
export function storedAs<S>({ encode, decode }: { encode(state: S): string; decode(bytes: Buffer): S }) {
  return {
    encode: ({ state, next, first }: StoredState<S>) => `${next} ${first}\n${encode(state)}`,
    decode: (bytes: Buffer): StoredState<S> => {
      const end = bytes.indexOf('\n')
      const [next = '', first = ''] = bytes.subarray(0, end).toString().split(' ')
      return { next, first, state: decode(bytes.subarray(end + 1)) }
    },
  }
}
