import { configId, rotateInput, testEndpoint } from '@millrace/operations'
import { z } from 'zod'
import { type App, defineGlobalRoutes, defineRoutes } from '../access/define-routes.ts'
import { showWaiting } from '../approve/find-approvals.ts'
import { reasonBody, waitingSchema } from '../approve/schemas.ts'
import type { Deps } from '../deps.ts'
import { getEndpoint, listEndpoints } from '../endpoints/list-endpoints.ts'
import {
  changedConfigs,
  changedEndpoint,
  checkBody,
  configsBody,
  endpointChangesBody,
  endpointCheck,
  endpointPage,
  endpointParams,
  endpointSchema,
  endpointsQuery,
  endpointTest,
  newEndpointBody,
  resealBody,
  resealedEndpoints,
  rotatedSecrets,
} from '../endpoints/schemas.ts'
import { tryOf } from '../read/find-deliveries.ts'

const tags = ['endpoints']

export const endpointsRoutes = defineRoutes((app, deps) => {
  reading(app, deps)
  configuring(app, deps)
  steering(app, deps)
})

export const resealRoutes = defineGlobalRoutes((app, deps) => {
  app.post(
    '/endpoints/reseal',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'resealEndpoints',
        summary: 'Encrypt the secrets and headers of all endpoints anew with the current key',
        description:
          'The step between a new key in front of MILLRACE_SECRET_KEYS and taking the old one out. No secret changes.',
        tags,
        body: resealBody,
        response: { 200: resealedEndpoints },
      },
    },
    async ({ actor, body }) => {
      const work = async () => {
        const { failed, ...made } = await deps.endpoints.operations.reseal(body.dry_run)
        return { ...made, failed: [...failed] }
      }
      if (body.dry_run) return await work()
      const entry = { actor, tenant: '', action: 'endpoint.reseal', subject: 'endpoints' }
      return await deps.audit.during(entry, work)
    },
  )
})

function reading(app: App, deps: Deps): void {
  app.get(
    '/endpoints',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listEndpoints',
        summary: 'Endpoints and conversation configs, newest first',
        tags,
        querystring: endpointsQuery,
        response: { 200: endpointPage },
      },
    },
    async ({ tenant, query }) => await listEndpoints(deps.endpoints.store, tenant, query),
  )
  app.get(
    '/endpoints/:id',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getEndpoint',
        summary: 'One endpoint, and how it does',
        tags,
        params: endpointParams,
        response: { 200: endpointSchema },
      },
    },
    async ({ tenant, params }) => await getEndpoint(deps.endpoints, tenant, params.id),
  )
  app.post(
    '/endpoints/check',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'checkEndpoint',
        summary: 'Say whether a URL may be an endpoint, without sending it anything',
        tags,
        body: checkBody,
        response: { 200: endpointCheck },
      },
    },
    async ({ body }) => {
      const verdict = await deps.endpoints.targets.check(body.url)
      if (verdict.ok) return { is_accepted: true, rule: null, detail: null, consent: null }
      return { is_accepted: false, rule: verdict.rule, detail: verdict.detail, consent: null }
    },
  )
}

function configuring(app: App, deps: Deps): void {
  app.post(
    '/endpoints',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'createEndpoint',
        summary: 'Add an endpoint; its secret is told this once',
        tags,
        body: newEndpointBody,
        response: { 201: changedEndpoint },
      },
    },
    async ({ tenant, actor, body }, reply) => {
      const entry = { actor, tenant, action: 'endpoint.create', subject: `endpoint/${originOf(body.url)}` }
      const made = await deps.audit.during(entry, () => deps.endpoints.operations.add(tenant, body))
      return reply.code(201).send(plain(made))
    },
  )
  app.put(
    '/configs',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'setConfigs',
        summary: 'Set conversation configs; one of the same conversation, channel and usecase is replaced',
        tags,
        body: configsBody,
        response: { 200: changedConfigs },
      },
    },
    async ({ tenant, actor, body }) => {
      const ids = new Set(body.map((config) => configId(tenant, config)))
      await deps.endpoints.refuseEnabling(tenant, ({ endpoint_id }) => ids.has(endpoint_id), [
        'disabled',
        'gone',
        'failing',
      ])
      const entry = { actor, tenant, action: 'config.set', subject: 'configs', detail: { count: body.length } }
      const items = await deps.audit.during(entry, () => deps.endpoints.operations.setConfigs(tenant, body))
      return { items: items.map(plain) }
    },
  )
  app.patch(
    '/endpoints/:id',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'updateEndpoint',
        summary: 'Change an endpoint; what is not named stays as it is',
        tags,
        params: endpointParams,
        body: endpointChangesBody,
        response: { 200: changedEndpoint },
      },
    },
    async ({ tenant, actor, params, body }) => {
      const { id } = params
      await deps.endpoints.find(tenant, id)
      await deps.endpoints.refuseEnabling(tenant, (each) => each.endpoint_id === id, ['gone', 'failing'])
      const detail = { fields: Object.keys(body).sort().join(',') }
      const entry = { actor, tenant, action: 'endpoint.update', subject: `endpoint/${id}`, detail }
      return plain(await deps.audit.during(entry, () => deps.endpoints.operations.update({ tenant, id }, body)))
    },
  )
  app.delete(
    '/endpoints/:id',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'removeEndpoint',
        summary: 'Remove an endpoint; what is on its way to it is dropped',
        tags,
        params: endpointParams,
        response: { 204: z.null() },
      },
    },
    async ({ tenant, actor, params }, reply) => {
      const { id } = params
      await deps.endpoints.find(tenant, id)
      const entry = { actor, tenant, action: 'endpoint.remove', subject: `endpoint/${id}` }
      await deps.audit.during(entry, () => deps.endpoints.operations.remove({ tenant, id }))
      return reply.code(204).send(null)
    },
  )
}

function steering(app: App, deps: Deps): void {
  app.post(
    '/endpoints/:id/rotate',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'rotateEndpoint',
        summary: 'Give an endpoint a new secret; the old one signs too for a while',
        tags,
        params: endpointParams,
        body: rotateInput,
        response: { 200: rotatedSecrets },
      },
    },
    async ({ tenant, actor, params, body }) => {
      const { id } = params
      await deps.endpoints.find(tenant, id)
      await deps.endpoints.refuseEnabling(tenant, (each) => each.endpoint_id === id, ['gone', 'failing'])
      const detail = { overlap_ms: body.overlap_ms }
      const entry = { actor, tenant, action: 'endpoint.rotate', subject: `endpoint/${id}`, detail }
      const made = await deps.audit.during(entry, () => deps.endpoints.operations.rotate({ tenant, id }, body))
      const { secrets, public_keys, old_signs_until: old_until } = made
      return { endpoint_id: id, secrets: [...secrets], public_keys: [...public_keys], old_until }
    },
  )
  app.post(
    '/endpoints/:id/disable',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'disableEndpoint',
        summary: 'Pause an endpoint at once, without approval',
        tags,
        params: endpointParams,
        body: reasonBody,
        response: { 200: changedEndpoint },
      },
    },
    async ({ tenant, actor, params, body }) => {
      const { id } = params
      await deps.endpoints.find(tenant, id)
      const entry = { actor, tenant, action: 'endpoint.disable', subject: `endpoint/${id}`, reason: body.reason ?? '' }
      return plain(await deps.audit.during(entry, () => deps.endpoints.operations.disable({ tenant, id })))
    },
  )
  app.post(
    '/endpoints/:id/enable',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'enableEndpoint',
        summary: 'Let an endpoint get deliveries again, whoever disabled it',
        description: '202: it waits for a second person, where CONSOLE_APPROVE names `endpoint-enable`.',
        tags,
        params: endpointParams,
        body: reasonBody,
        response: { 200: changedEndpoint, 202: waitingSchema },
      },
    },
    async ({ tenant, actor, params, body }, reply) => {
      const { id } = params
      await deps.endpoints.find(tenant, id)
      const subject = `endpoint/${id}`
      const wanted = { kind: 'endpoint-enable' as const, tenant, actor, subject, reason: body.reason, count: 1 }
      const required = await deps.approvals.require({ ...wanted, params: { tenant, id } })
      if (required.needed) return reply.code(202).send(await showWaiting(deps, { tenant, actor }, required.approval))
      const entry = { actor, tenant, action: 'endpoint.enable', subject, reason: body.reason ?? '' }
      const changed = await deps.audit.during(entry, () => deps.endpoints.operations.enable({ tenant, id }))
      return reply.code(200).send(plain(changed))
    },
  )
  app.post(
    '/endpoints/:id/test',
    {
      config: { role: 'operator' },
      schema: {
        operationId: 'testEndpoint',
        summary: 'Send an endpoint one delivery (type endpoint.test), and show what came of the first try',
        description:
          'Signed, limited and tried as every other; where the endpoint asks for consent, the receiver is asked first.',
        tags,
        params: endpointParams,
        response: { 200: endpointTest },
      },
    },
    async ({ tenant, actor, params }, reply) => {
      const endpoint = await deps.endpoints.find(tenant, params.id)
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      const entry = { actor, tenant, action: 'endpoint.test', subject: `endpoint/${params.id}` }
      const attempt = await deps.audit.during(entry, () => testEndpoint(deps.kafka, endpoint, gone.signal))
      return { delivery_id: attempt.delivery_id, attempt: tryOf(attempt) }
    },
  )
}

type Changed = Awaited<ReturnType<Deps['endpoints']['operations']['add']>>

function plain({ endpoint, secrets, public_keys, notes }: Changed) {
  return { endpoint, secrets: [...secrets], public_keys: [...public_keys], notes: [...notes] }
}

/** Path and query may be what protects an endpoint; they are not for the audit. */
function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'malformed'
}
