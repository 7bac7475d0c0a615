import { sendWebhookResponse } from '@millrace/domain'
import { defineRoutes } from '../access/define-routes.ts'
import { showWaiting } from '../approve/find-approvals.ts'
import { responseRequest, waitingSchema } from '../approve/schemas.ts'

/** A response is at most 1 MiB; escaped in JSON it may be twice that. */
const BODY_BYTES = 2_200_000

export const responsesRoutes = defineRoutes((app, deps) => {
  app.post(
    '/responses',
    {
      bodyLimit: BODY_BYTES,
      config: { role: 'operator' },
      schema: {
        operationId: 'sendWebhookResponse',
        summary: 'Ask for data to be sent to a client’s webhook (send_webhook_response)',
        description:
          'Nothing is sent before another person approves it; then the delivery service sends exactly these bytes, signed, under its own rules.',
        tags: ['approvals'],
        body: responseRequest,
        response: { 202: waitingSchema },
      },
    },
    async ({ tenant, actor, body }, reply) => {
      const { reason, ...input } = body
      // Refused now rather than once somebody has approved it.
      deps.endpoints.keys()
      const { targets } = deps.endpoints
      const ports = { defaultTarget: deps.settings.makeWebhookEndpoint, policy: targets.policy, now: Date.now }
      const request = await sendWebhookResponse.run(input, ports)
      const required = await deps.approvals.require({
        kind: 'webhook-response',
        tenant,
        actor,
        subject: `client/${request.client_id}`,
        reason,
        count: 1,
        params: request,
        expiresAt: request.expires_at,
      })
      if (!required.needed) throw new Error('a response always needs approval')
      return reply.code(202).send(await showWaiting(deps, { tenant, actor }, required.approval))
    },
  )
})
