import type { Kafka } from '@millrace/kafka'
import { type Endpoint, type EndpointState, topics } from '@millrace/schemas'
import { OperationsError } from '../errors.ts'
import { eraseEndpoint, keyOf, readEndpointStates, readEndpoints, writeEndpoint } from './endpoint-records.ts'

/** Where endpoints are read and written. What was written is what the next read finds. */
export interface EndpointStore {
  /** By record key. */
  all(): Promise<ReadonlyMap<string, Endpoint>>
  states(): Promise<ReadonlyMap<string, EndpointState>>
  write(endpoint: Endpoint): Promise<void>
  erase(endpoint: Pick<Endpoint, 'tenant' | 'endpoint_id'>): Promise<void>
}

/** Reads the topics anew at each call: for commands that end soon. `connect` is called at first use. */
export function topicEndpointStore(connect: () => Promise<Kafka>): EndpointStore {
  return {
    all: async () => await readEndpoints(await connect()),
    states: async () => await readEndpointStates(await connect()),
    write: async (endpoint) => await writeEndpoint(await connect(), endpoint),
    erase: async (endpoint) => await eraseEndpoint(await connect(), endpoint),
  }
}

/** A write is seen by this process's own table within this time, or the table has stopped. */
const SEEN_WITHIN_MS = 5_000

/** Follows the topics in memory: for a service that runs. Close it in the end. */
export function liveEndpointStore(kafka: Kafka): EndpointStore & { close(): Promise<void> } {
  const endpoints = kafka.table(topics.endpoints)
  const states = kafka.table(topics.endpointStates)
  const seen = async (key: string, isThere: () => boolean) => {
    if (isThere()) return
    const found = Promise.withResolvers<void>()
    const stop = endpoints.onChange((changed) => {
      if (changed === key && isThere()) found.resolve()
    })
    const late = () =>
      found.reject(new OperationsError('MR_OPERATIONS_KAFKA_AWAY', 'The change is written and not read back yet.'))
    const timer = setTimeout(late, SEEN_WITHIN_MS)
    if (isThere()) found.resolve()
    await found.promise.finally(() => {
      clearTimeout(timer)
      stop()
    })
  }
  return {
    async all() {
      await endpoints.ready
      return new Map(endpoints.entries())
    },
    async states() {
      await states.ready
      return new Map(states.entries())
    },
    async write(endpoint) {
      const key = keyOf(endpoint)
      await writeEndpoint(kafka, endpoint)
      await seen(key, () => (endpoints.get(key)?.updated_at ?? 0) >= endpoint.updated_at)
    },
    async erase(endpoint) {
      const key = keyOf(endpoint)
      await eraseEndpoint(kafka, endpoint)
      await seen(key, () => endpoints.get(key) === undefined)
    },
    async close() {
      await Promise.all([endpoints.close(), states.close()])
    },
  }
}
