import { asId } from '@millrace/domain'
import { z } from 'zod'

/** An id as vendors write it: a text of 1 to 256 characters without control characters, or a number. */
const id = z.union([z.string(), z.number()]).refine((value) => asId(value) !== null)

const noObject = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.unknown())]).optional()

/** A task in `task` as Make sends it, else in `payload` as a ClickUp automation does, else the body itself as ClickUp's API answers. */
export const taskBody = z.union([
  z.looseObject({ task: z.looseObject({ id }) }),
  z.looseObject({ task: noObject, payload: z.looseObject({ id }) }),
  z.looseObject({ task: noObject, payload: noObject, id, name: z.unknown().refine((name) => name !== undefined) }),
])

/** Front's body in any of its shapes; what it lacks is not in the graph. */
export const frontBody = z.looseObject({
  type: z.unknown().optional().describe("Front's word for what happened."),
  payload: z
    .unknown()
    .optional()
    .describe('The event, in the application envelope; the object itself in the simple form.'),
  conversation: z.unknown().optional(),
  source: z.unknown().optional(),
  target: z.unknown().optional(),
})

/** What is read of a value of conversations.snapshots; the whole is its Avro schema. */
export const snapshotBody = z.looseObject({
  account: z.string(),
  conversation_id: z.string(),
  state: z.string(),
  completeness: z.string(),
  messages: z.array(z.looseObject({ id: z.string() })),
  comments: z.array(z.looseObject({ id: z.string() })),
})
