import { FrontError } from './errors.ts'

/** Prefixes of the ids that this client puts into a path. */
export type IdPrefix = 'cnv' | 'msg' | 'evt'

/**
 * Gives back `id` if it may stand in a path: its prefix, then letters and digits (Front writes base 36).
 * @throws FrontError `MR_FRONT_BAD_ID`
 */
export function checkId(prefix: IdPrefix, id: string): string {
  if (isId(prefix, id)) return id
  throw new FrontError('MR_FRONT_BAD_ID', `${JSON.stringify(id.slice(0, 60))} is no ${prefix}_ id`)
}

export function isId(prefix: IdPrefix, id: string): boolean {
  return id.startsWith(`${prefix}_`) && /^[0-9A-Za-z]{1,64}$/.test(id.slice(prefix.length + 1))
}
