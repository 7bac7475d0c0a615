import { z } from 'zod'
import { mustBe } from '../field-problems.ts'
import { defineAction } from './action.ts'
import { processedAnswer } from './client-graph.ts'
import { type ClientTaskRequest, idSchema } from './client-task.ts'
import { refuseContradictions, requestOf, webhookData } from './webhook-data.ts'

export interface SubmitPort {
  /**
   * Hands a request in as its source would, so that it is stored, deduplicated and extracted like any webhook, and resolves with the stored
   * answer (the parsed JSON). Rejects with an error that has `code`, `retryable` and `statusCode` when there is none.
   */
  submit(request: ClientTaskRequest): Promise<unknown>
}

/** Takes a task in for a client, and answers with its knowledge graph: what a POST of Make's scenario does. */
export const processWebhookData = defineAction({
  name: 'process_webhook_data',
  title: 'Process webhook data',
  description: 'Takes in a task for a client as if its webhook had come, and answers with the knowledge graph of it.',
  isReadOnly: false,
  input: z
    .object({ webhook_data: webhookData, client_id: idSchema, action_id: idSchema }, { error: mustBe('an object') })
    .superRefine(refuseContradictions),
  output: processedAnswer,
  act: ({ webhook_data, client_id, action_id }, { submit }: SubmitPort) =>
    submit(requestOf(webhook_data, { client_id, action_id, include_task_details: webhook_data.include_task_details })),
})
