import type { z } from 'zod'

/** A field that is missing or wrong: where it is (JSON pointer, RFC 6901; empty for the whole) and what it must be. Never quotes the input. */
export interface FieldProblem {
  readonly pointer: string
  readonly detail: string
}

/** More than anybody mends at once; a body of a megabyte can hold a hundred thousand. */
const MAX_PROBLEMS = 100

/** Every problem of `value` at once, in the order of the schema; empty when it fits. At most 100 of them. */
export function problemsOf(schema: z.ZodType, value: unknown): FieldProblem[] {
  const result = schema.safeParse(value)
  if (result.success) return []
  return result.error.issues
    .slice(0, MAX_PROBLEMS)
    .map(({ path, message }) => ({ pointer: pointerTo(path), detail: message }))
}

/** The JSON pointer to a place, empty for the whole document. */
export function pointerTo(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** The message of a schema: what the value must be, and that it is missing where it is. Of fields that a strict object does not know, zod's own names them. */
export function mustBe(what: string) {
  return ({ code, input }: { readonly code?: string | undefined; readonly input?: unknown }) => {
    if (code === 'unrecognized_keys') return undefined
    return input === undefined ? `is missing; it must be ${what}` : `must be ${what}`
  }
}
