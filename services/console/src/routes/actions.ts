import { asId, validateWebhookSignature } from '@millrace/domain'
import { z } from 'zod'
import { defineRoutes } from '../access/define-routes.ts'
import { signingSourceOf } from '../actions/signing-source.ts'
import { checkTask, type TaskAction, taskActions } from '../actions/webhook-data.ts'
import { showWaiting } from '../approve/find-approvals.ts'
import { waitingSchema } from '../approve/schemas.ts'

/** A webhook's body is at most 2 MB; escaped in JSON it may be twice that. */
const BODY_BYTES = 4_194_304
const tags = ['actions']

const reason = z.string().max(1_000, { error: 'is longer than 1,000 characters' }).describe('Why, for who decides.')
const schemasOf = 'docs/schemas/actions'

/** An action's parameters by name and no others; what each is, the action says itself, and better. */
function parametersOf({ input }: { readonly input: z.ZodObject }) {
  return z.strictObject(Object.fromEntries(Object.keys(input.shape).map((name) => [name, z.unknown().optional()])))
}

export const actionsRoutes = defineRoutes((app, deps) => {
  app.post(
    '/actions/validate-webhook-signature',
    {
      bodyLimit: BODY_BYTES,
      config: { role: 'operator' },
      schema: {
        operationId: 'validateWebhookSignature',
        summary: 'Whether a signature belongs to a webhook’s body (validate_webhook_signature)',
        description: `Changes nothing. Its parameters: ${schemasOf}/validate_webhook_signature.input.json.`,
        tags,
        body: parametersOf(validateWebhookSignature).meta({ id: 'SignatureToValidate' }),
        response: { 200: validateWebhookSignature.output.meta({ id: 'SignatureVerdict' }) },
      },
    },
    async ({ tenant, body }) =>
      await validateWebhookSignature.run(body, {
        sourceOf: (clientId) => signingSourceOf(deps, tenant, clientId),
        now: Date.now,
      }),
  )
  const taskRoute = (path: string, action: TaskAction, operationId: string, summary: string) =>
    app.post(
      path,
      {
        bodyLimit: BODY_BYTES,
        config: { role: 'operator' },
        schema: {
          operationId,
          summary,
          description: `Nothing is handed in before another person approves it; the approval’s result is the answer. Its parameters: ${schemasOf}/${action}.input.json, and a reason.`,
          tags,
          body: z
            .strictObject({ ...parametersOf(taskActions[action]).shape, ...{ reason } })
            .meta({ id: `${operationId.charAt(0).toUpperCase()}${operationId.slice(1)}` }),
          response: { 202: waitingSchema },
        },
      },
      async ({ tenant, actor, body: { reason, ...input } }, reply) => {
        const { client_id } = await checkTask({ action, input }, tenant, deps)
        const required = await deps.approvals.require({
          ...{ kind: 'webhook-data' as const, tenant, actor, reason, count: 1 },
          subject: `client/${asId(client_id) ?? ''}`,
          params: { action, input },
        })
        if (!required.needed) throw new Error('a task always needs approval')
        return reply.code(202).send(await showWaiting(deps, { tenant, actor }, required.approval))
      },
    )
  taskRoute(
    '/actions/process-webhook-data',
    'process_webhook_data',
    'processWebhookData',
    'Ask for a client’s task to be taken in as if its webhook had come (process_webhook_data)',
  )
  taskRoute(
    '/actions/extract-client-knowledge-graph',
    'extract_client_knowledge_graph',
    'extractClientKnowledgeGraph',
    'Ask for the knowledge graph of a client’s task (extract_client_knowledge_graph)',
  )
})
