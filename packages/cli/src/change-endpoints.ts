import type { Approval, ConsoleClient, DeliveryAttempt } from '@millrace/console-client'
import {
  type Changed,
  type EndpointOperations,
  type EndpointRef,
  endpointOperations,
  findEndpoint,
  secretKeysFrom,
  testEndpoint,
  topicEndpointStore,
} from '@millrace/operations'
import { targetsOf } from '@millrace/service-kit'
import type { Terminal } from './command.ts'
import { asked, consoleOf } from './console.ts'
import { readCliSettings } from './settings.ts'
import { withLazyKafka } from './with-kafka.ts'

/** The fields of a first try that are shown. */
type Tried = Pick<DeliveryAttempt, 'outcome' | 'error_code' | 'status_code' | 'duration_ms'>

/** What changes endpoints: the console, or the topics themselves. */
export interface Endpoints extends Omit<EndpointOperations, 'enable' | 'disable'> {
  /** It may wait for a second person, by the console's settings. */
  enable(ref: EndpointRef, reason: string): Promise<{ readonly approval?: Approval }>
  disable(ref: EndpointRef, reason: string): Promise<unknown>
  test(ref: EndpointRef, signal: AbortSignal): Promise<{ readonly delivery_id: string; readonly attempt: Tried }>
}

/**
 * Runs `work` with the console where MILLRACE_CONSOLE_URL is set: it checks the right to do it, asks for approval and keeps the audit. Without one the
 * topics are written directly, which is said once it is done.
 * @param timeoutMs of one answer of the console; default 30 000
 */
export async function changeEndpoints<T>(
  terminal: Terminal,
  work: (endpoints: Endpoints) => Promise<T>,
  { isDryRun = false, timeoutMs }: { readonly isDryRun?: boolean; readonly timeoutMs?: number } = {},
): Promise<T> {
  const client = consoleOf(readCliSettings(), timeoutMs)
  if (client !== undefined) return await work(consoleEndpoints(client))
  const done = await withLazyKafka((connect) => work(topicEndpoints(connect)))
  if (!isDryRun) noteNoConsole(terminal)
  return done
}

/** For every command that changes something without the console. */
export function noteNoConsole(terminal: Terminal): void {
  terminal.note('MILLRACE_CONSOLE_URL is not set: written to the topic itself, without an entry in the audit')
}

function topicEndpoints(connect: Parameters<typeof topicEndpointStore>[0]): Endpoints {
  const settings = readCliSettings()
  const keys = () => secretKeysFrom(settings.secretKeys)
  const [store, targets] = [topicEndpointStore(connect), targetsOf(settings)]
  const operations = endpointOperations({ store, targets, keys })
  return {
    ...operations,
    async enable(ref) {
      await operations.enable(ref)
      return {}
    },
    disable: (ref) => operations.disable(ref),
    async reseal(isDryRun) {
      // The topic is read once, not once for each endpoint.
      const known = await store.all()
      return await endpointOperations({ store: { ...store, all: async () => known }, targets, keys }).reseal(isDryRun)
    },
    async test(ref, signal) {
      const kafka = await connect()
      const attempt = await testEndpoint(kafka, await findEndpoint(kafka, ref), signal)
      return { delivery_id: attempt.delivery_id, attempt }
    },
  }
}

const DEFAULT_TENANT = 'default'

function consoleEndpoints(client: ConsoleClient): Endpoints {
  const at = ({ id, tenant = DEFAULT_TENANT }: EndpointRef) => ({ params: { path: { tenant, id } } })
  const of = (tenant: string) => ({ params: { path: { tenant } } })
  const base = '/api/v1/tenants/{tenant}/endpoints'
  return {
    add: async (tenant, body) => await asked<Changed>(client.POST(base, { ...of(tenant), body: bodyOf(body) })),
    update: async (ref, body) => await asked<Changed>(client.PATCH(`${base}/{id}`, { ...at(ref), body: bodyOf(body) })),
    async rotate(ref, body) {
      const made = await asked(client.POST(`${base}/{id}/rotate`, { ...at(ref), body: bodyOf(body) }))
      const endpoint = await asked(client.GET(`${base}/{id}`, at(ref)))
      const { secrets, public_keys, old_until } = made
      return { endpoint, secrets, public_keys, notes: [], old_signs_until: old_until }
    },
    async enable(ref, reason) {
      const answer = await asked(client.POST(`${base}/{id}/enable`, { ...at(ref), body: { reason } }))
      return 'approval' in answer ? { approval: answer.approval } : {}
    },
    disable: async (ref, reason) => await asked(client.POST(`${base}/{id}/disable`, { ...at(ref), body: { reason } })),
    async remove(ref) {
      await asked(client.DELETE(`${base}/{id}`, at(ref)))
    },
    async setConfigs(tenant, body) {
      const path = '/api/v1/tenants/{tenant}/configs'
      const { items } = await asked(client.PUT(path, { ...of(tenant), body: body.map(bodyOf) }))
      return items
    },
    reseal: async (dry_run) => await asked(client.POST('/api/v1/endpoints/reseal', { body: { dry_run } })),
    test: async (ref) => await asked(client.POST(`${base}/{id}/test`, at(ref))),
  }
}

type Body<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]: Body<Exclude<T[K], undefined>> }
    : T

/** A field that is undefined is left out of JSON, which the types of the API do not know. */
function bodyOf<T>(value: T): Body<T> {
  return value as Body<T>
}
