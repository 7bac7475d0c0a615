import { z } from 'zod'
import { mustBe } from '../field-problems.ts'
import { asId } from '../json.ts'
import { type ClientTaskRequest, idSchema, taskSchema } from './client-task.ts'

/** The body of a Make request, or the part of it that the other parameters do not name. */
export const webhookData = z
  .looseObject(
    {
      client_id: idSchema.nullish(),
      action_id: idSchema.nullish(),
      include_task_details: z.boolean({ error: mustBe('true or false') }).nullish(),
      task: taskSchema,
    },
    { error: mustBe('an object with the task in `task`') },
  )
  .describe('The webhook’s data: {"task": {…}}, as Make’s scenario sends it.')

type Named = 'client_id' | 'action_id'

/** A problem for each id that the data has too and has differently: what is meant cannot be told. */
export function refuseContradictions(
  input: { readonly webhook_data: z.output<typeof webhookData> } & Partial<Record<Named, unknown>>,
  context: z.RefinementCtx,
): void {
  for (const name of ['client_id', 'action_id'] as const) {
    const [own, given] = [input.webhook_data[name], input[name]]
    if (own === undefined || own === null || given === undefined || asId(own) === asId(given)) continue
    context.addIssue({ code: 'custom', path: ['webhook_data', name], message: `must be the same as ${name}` })
  }
}

/** The request that Make's scenario would have posted. */
export function requestOf(
  data: z.output<typeof webhookData>,
  parameters: Pick<ClientTaskRequest, 'client_id' | 'action_id' | 'include_task_details'>,
): ClientTaskRequest {
  return { ...data, ...parameters }
}
