import { z } from 'zod'
import { type FieldProblem, mustBe, problemsOf } from '../field-problems.ts'
import { asId, asObject, at } from '../json.ts'

const ID_RULE = 'a text of 1 to 256 characters without control characters, or a number'
const MAX_ID_LENGTH = 256
const text = z.string({ error: mustBe('a text') })

/** An id as people and vendors write it: ClickUp's tasks have texts, its users numbers. */
export const idSchema = z
  .union(
    [
      z
        .string()
        .min(1, { error: 'must not be empty' })
        .max(MAX_ID_LENGTH, { error: `is longer than ${MAX_ID_LENGTH} characters` }),
      z.number(),
    ],
    { error: mustBe(ID_RULE) },
  )
  // One entry a rule: an empty or long one was named already.
  .refine((value) => asId(value) !== null || !isOfLength(value), { error: mustBe(ID_RULE) })
  .describe('An id: a text of 1 to 256 characters without control characters, or a number.')

function isOfLength(value: string | number): boolean {
  return typeof value === 'number' || (value.length > 0 && value.length <= MAX_ID_LENGTH)
}

const optional = <T extends z.ZodType>(schema: T) => schema.nullish()

const status = z.looseObject(
  { status: optional(text).describe('Name of the status.'), color: optional(text) },
  { error: mustBe('an object such as {"status": "open", "color": "#d3d3d3"}') },
)

const customField = z.looseObject(
  {
    id: optional(idSchema),
    name: optional(text),
    type: optional(text).describe("ClickUp's kind of field, such as drop_down, currency, users."),
    value: z.unknown().optional().describe('Absent while unset; 0, false and null are values.'),
  },
  { error: mustBe('an object such as {"id": "…", "name": "…", "type": "…", "value": …}') },
)

const assignee = z.looseObject(
  { id: optional(idSchema), username: optional(text), email: optional(text), initials: optional(text) },
  { error: mustBe('an object such as {"id": 1, "username": "…", "email": "…"}') },
)

/** A task as Make's scenario sends it; everything else that ClickUp's API tells of a task may be there too. */
export const taskSchema = z.looseObject(
  {
    id: idSchema,
    name: z
      .string({ error: mustBe('a text that is not empty') })
      .regex(/\S/, { error: 'must be a text that is not empty' }),
    description: optional(text),
    status: optional(status),
    custom_fields: optional(z.array(customField, { error: mustBe('an array') })),
    assignees: optional(z.array(assignee, { error: mustBe('an array') })),
  },
  { error: mustBe('an object, the task') },
)

/** What Make's scenario posts (DESIGN §8). */
export const clientTaskRequest = z
  .looseObject(
    {
      client_id: idSchema,
      action_id: idSchema,
      include_task_details: z
        .boolean({ error: mustBe('true or false') })
        .nullish()
        .describe("False leaves the task's text and what it mentions out of the answer."),
      task: taskSchema,
    },
    { error: mustBe('a JSON object') },
  )
  .meta({ title: 'Client task', description: "A client's task, for which the caller waits for the knowledge graph." })

export type ClientTaskRequest = z.infer<typeof clientTaskRequest>

/**
 * What is missing or wrong in a body for the Make contract, all at once; empty when it can be taken. A task that is missing is told with the
 * fields that it must have.
 */
export function clientTaskProblems(body: unknown): FieldProblem[] {
  const problems = problemsOf(clientTaskRequest, body)
  if (asObject(body) === null || (at(body, 'task') ?? null) !== null) return problems
  const within = problemsOf(taskSchema, {}).map(({ pointer, detail }) => ({ pointer: `/task${pointer}`, detail }))
  return [...problems, ...within]
}
