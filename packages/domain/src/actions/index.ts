import type { Action } from './action.ts'
import { extractClientKnowledgeGraph } from './extract-client-knowledge-graph.ts'
import { processWebhookData } from './process-webhook-data.ts'
import { sendWebhookResponse } from './send-webhook-response.ts'
import { validateWebhookSignature } from './validate-webhook-signature.ts'

export { type Action, jsonSchemaOf } from './action.ts'
export { type ClientKnowledgeGraph, knowledgeGraph, type ProcessedAnswer, processedAnswer } from './client-graph.ts'
export { type ClientTaskRequest, clientTaskProblems, clientTaskRequest } from './client-task.ts'
export { extractClientKnowledgeGraph } from './extract-client-knowledge-graph.ts'
export { processWebhookData, type SubmitPort } from './process-webhook-data.ts'
export { type ResponsePorts, sendWebhookResponse } from './send-webhook-response.ts'
export { type SignaturePorts, type SigningSource, validateWebhookSignature } from './validate-webhook-signature.ts'

/** Every action, in the order in which they are shown. What an action needs of the world is in its `run`'s ports. */
export const actions = [
  processWebhookData,
  extractClientKnowledgeGraph,
  validateWebhookSignature,
  sendWebhookResponse,
] as const satisfies readonly Action[]
