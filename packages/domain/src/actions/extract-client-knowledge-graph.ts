import { z } from 'zod'
import { mustBe } from '../field-problems.ts'
import { at } from '../json.ts'
import { defineAction } from './action.ts'
import { knowledgeGraph } from './client-graph.ts'
import { idSchema } from './client-task.ts'
import type { SubmitPort } from './process-webhook-data.ts'
import { refuseContradictions, requestOf, webhookData } from './webhook-data.ts'

const NAME = 'extract_client_knowledge_graph'

/**
 * The graph alone. Extraction lives in the knowledge-graph service, and a service imports no other, so the graph comes by the way that every
 * event goes: `submit` hands the task in, knowledge-graph extracts it once, and the stored answer holds the graph. There is one extraction, one
 * version of it, and what was answered is also what the graph keeps.
 */
export const extractClientKnowledgeGraph = defineAction({
  name: NAME,
  title: 'Extract a client’s knowledge graph',
  description:
    'Extracts nodes and relationships from a client’s task and answers with them; the task becomes part of the graph.',
  isReadOnly: false,
  input: z
    .object(
      {
        webhook_data: webhookData,
        client_id: idSchema,
        include_task_details: z
          .boolean({ error: mustBe('true or false') })
          .default(true)
          .describe("False leaves the task's text and what it mentions out."),
      },
      { error: mustBe('an object') },
    )
    .superRefine(refuseContradictions),
  output: knowledgeGraph,
  async act({ webhook_data, client_id, include_task_details }, { submit }: SubmitPort) {
    const answer = await submit(requestOf(webhook_data, { client_id, action_id: NAME, include_task_details }))
    return at(answer, 'result', 'knowledge_graph')
  },
})
