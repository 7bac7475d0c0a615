import { z } from 'zod'

/** How many rows a page holds at most; a reader that wants more follows `next_cursor`. */
export const MAX_PAGE = 200

export const time = z.number().int().describe('Epoch milliseconds.')
export const count = z.number().int().min(0)

/** A time in a query: epoch milliseconds. */
export const timeQuery = z.coerce.number().int().min(0).max(8_640_000_000_000_000)

/** An id in a query or path: whatever a provider gives, without control characters. */
export const idText = z
  .string()
  .min(1)
  .max(500)
  .regex(/^\P{Cc}+$/u, 'must have no control characters')

export const paging = {
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50).describe(`Rows of one page, at most ${MAX_PAGE}.`),
  cursor: z
    .string()
    .max(2_000)
    .optional()
    .describe(
      '`next_cursor` of the page before. All other parameters but `limit` stay as they were: with others it is refused, and they are named.',
    ),
} as const

/** The parameter of a path, beside its tenant. */
export function idParams<const N extends string>(name: N) {
  return z.object({ [name]: idText } as { readonly [K in N]: typeof idText })
}

/** A page of rows, newest first unless the route says otherwise. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    next_cursor: z.string().nullable().describe('For the next page; null on the last one.'),
  })
}

export const person = z
  .object({ id: z.string().nullable(), name: z.string().nullable(), handle: z.string().nullable() })
  .meta({ id: 'Person' })

/** How current what the console shows is. */
export const ledgerState = z
  .object({
    state: z
      .enum(['live', 'catching-up', 'stale'])
      .describe(
        '`catching-up`: the projection reads what it has not read yet, as after a rebuild. `stale`: it cannot go on, `reason` says why.',
      ),
    stale_since: time.nullable().describe('What is shown is as it was then; null while it is live.'),
    lag_records: count
      .nullable()
      .describe('Records that the topics have and the ledger has not; null while not known.'),
    cause: z
      .enum(['kafka', 'database', 'projection'])
      .nullable()
      .describe(
        'What makes it stale. With `kafka` away nothing is taken in or delivered; otherwise only the console does not see it. Null while it is not stale.',
      ),
    reason: z.string().nullable(),
  })
  .meta({ id: 'LedgerState' })
