import {
  extractClientKnowledgeGraph,
  processWebhookData,
  sendWebhookResponse,
  validateWebhookSignature,
} from '@millrace/domain'
import type { ToolAnnotations } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { defineTool } from './define-tool.ts'

const reason = z
  .string()
  .min(3)
  .max(1_000)
  .describe('Why, for the person who approves or refuses it. In your own words, none of the event’s.')
const asksOnly: ToolAnnotations = { readOnlyHint: false, destructiveHint: false, idempotentHint: false }
const outward: ToolAnnotations = { ...asksOnly, openWorldHint: true }
const asks =
  'It only asks for it: a person must approve it in the console; the answer has the approval’s id, and read_approval tells what came of it.'

/** The actions of the first integrations, by their names and parameters. Those that change something take a reason too, and wait for a person. */
export const makeActions = [
  defineTool({
    name: processWebhookData.name,
    title: processWebhookData.title,
    description: `${processWebhookData.description} ${asks}`,
    annotations: { ...asksOnly, openWorldHint: false },
    input: { ...processWebhookData.input.shape, reason },
    run: (input, { api, signal }) => api.post('/actions/process-webhook-data', input, signal),
  }),
  defineTool({
    name: extractClientKnowledgeGraph.name,
    title: extractClientKnowledgeGraph.title,
    description: `${extractClientKnowledgeGraph.description} ${asks}`,
    annotations: { ...asksOnly, openWorldHint: false },
    input: { ...extractClientKnowledgeGraph.input.shape, reason },
    run: (input, { api, signal }) => api.post('/actions/extract-client-knowledge-graph', input, signal),
  }),
  defineTool({
    name: validateWebhookSignature.name,
    title: validateWebhookSignature.title,
    description: validateWebhookSignature.description,
    input: validateWebhookSignature.input.shape,
    run: (input, { api, signal }) => api.post('/actions/validate-webhook-signature', input, signal),
  }),
  defineTool({
    name: sendWebhookResponse.name,
    title: sendWebhookResponse.title,
    description: `${sendWebhookResponse.description} The answer has the approval’s id, and read_approval tells what came of it.`,
    annotations: outward,
    input: { ...sendWebhookResponse.input.shape, reason },
    run: (input, { api, signal }) => api.post('/responses', input, signal),
  }),
]
