import { z } from 'zod'
import { ConsoleError } from '../errors.ts'

const wire = z.array(z.union([z.string().max(600), z.number()])).max(5)

/** The place after a row, for `next_cursor`: opaque to readers. */
export function writeCursor(place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

/**
 * The place that a cursor stands for; undefined for none.
 * @throws ConsoleError `MR_CONSOLE_INVALID` for what `writeCursor` did not write for a list of this kind
 */
export function readCursor<S extends z.ZodType>(cursor: string | undefined, place: S): z.infer<S> | undefined {
  if (cursor === undefined) return undefined
  try {
    return place.parse(wire.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString())))
  } catch {
    refuseCursor()
  }
}

/** @throws ConsoleError `MR_CONSOLE_INVALID` that names the cursor and what is wrong with it */
export function refuseCursor(
  detail = 'must be the `next_cursor` of the page before, with the same parameters',
  pointer = 'query/cursor',
): never {
  throw new ConsoleError('MR_CONSOLE_INVALID', { problems: [{ pointer, detail }] })
}

/** Of lists by time, newest first. */
export const timePlace = z.tuple([z.number(), z.string()])

/**
 * A page out of one row more than it may hold.
 * @param placeOf where a row stands in the order of the list
 */
export function pageFrom<R, I>(
  rows: readonly R[],
  limit: number,
  placeOf: (row: R) => readonly (string | number)[],
  itemOf: (row: R) => I,
): { items: I[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const hasMore = rows.length > limit && last !== undefined
  return { items: shown.map(itemOf), next_cursor: hasMore ? writeCursor(placeOf(last)) : null }
}
