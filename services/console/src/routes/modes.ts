import { modedSourceOf, writeMode } from '@millrace/operations'
import { defineRoutes } from '../access/define-routes.ts'
import { modeAnswer, modeBody, sourceParams } from '../endpoints/schemas.ts'

export const modesRoutes = defineRoutes((app, deps) => {
  app.put(
    '/sources/:source/mode',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'setMode',
        summary: 'Set by which way the events of a source count, at once and without approval',
        description: 'Every replica follows within 5 s. Rolling back is mode `polling` for all conversations.',
        tags: ['sources'],
        params: sourceParams,
        body: modeBody,
        response: { 200: modeAnswer },
      },
    },
    async ({ tenant, actor, params, body }) => {
      const { reason = '', ...rule } = body
      const moded = modedSourceOf(deps.sources.current(), params.source, tenant)
      const was = await deps.db
        .selectFrom('modes')
        .select(['mode', 'inboxes', 'percent', 'changed_at', 'changed_by', 'reason'])
        .where('tenant', '=', tenant)
        .where('source', '=', params.source)
        .executeTakeFirst()
      const detail = { mode: rule.mode, percent: rule.percent, inboxes: rule.inboxes.join(',') }
      const entry = { actor, tenant, action: 'mode.set', subject: `source/${params.source}`, reason, detail }
      const now = await deps.audit.during(entry, () => writeMode(deps.kafka, moded, rule, reason))
      return { source: params.source, was: was ?? null, now }
    },
  )
})
