import { z } from 'zod'

/** A time as models write it. */
export const timeInput = z.iso
  .datetime({ offset: true, local: false })
  .describe('ISO 8601, such as 2026-11-23T09:00:00Z.')

export const pagingInput = {
  limit: z.number().int().min(1).max(100).default(20),
  cursor: z.string().max(2_000).optional().describe('next_cursor of the page before; everything else as it was.'),
}

/** Epoch milliseconds. */
export function epochOf(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time)
}
