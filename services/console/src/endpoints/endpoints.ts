import type { Kafka } from '@millrace/kafka'
import {
  type EndpointOperations,
  type EndpointStore,
  endpointOperations,
  liveEndpointStore,
  OperationsError,
  secretKeysFrom,
} from '@millrace/operations'
import type { Endpoint } from '@millrace/schemas'
import { type Targets, targetsOf } from '@millrace/service-kit'
import type { SecretKeys } from '@millrace/signing'
import { z } from 'zod'
import { ConsoleError } from '../errors.ts'
import type { ConsoleSettings } from '../settings.ts'

const enableParams = z.object({ tenant: z.string(), id: z.string() })

/** Endpoints as they are, and what changes them. */
export interface Endpoints {
  readonly store: EndpointStore
  readonly targets: Targets
  readonly operations: EndpointOperations
  /** @throws OperationsError `MR_OPERATIONS_NO_KEYS` */
  keys(): SecretKeys
  /** @throws OperationsError `MR_OPERATIONS_NOT_FOUND` */
  find(tenant: string, id: string): Promise<Endpoint>
  /** As it was approved. */
  enable(params: unknown): Promise<void>
  mustBeEnabledFirst(): ConsoleError
  close(): Promise<void>
}

export function createEndpoints(kafka: Kafka, settings: ConsoleSettings): Endpoints {
  const store = liveEndpointStore(kafka)
  const targets = targetsOf(settings)
  const keys = () => secretKeysFrom(settings.secretKeys)
  const operations = endpointOperations({ store, targets, keys })
  return {
    store,
    targets,
    keys,
    operations,
    async enable(params) {
      await operations.enable(enableParams.parse(params))
    },
    async find(tenant, id) {
      for (const endpoint of (await store.all()).values())
        if (endpoint.tenant === tenant && endpoint.endpoint_id === id) return endpoint
      throw new OperationsError('MR_OPERATIONS_NOT_FOUND', 'there is no such endpoint')
    },
    mustBeEnabledFirst: () =>
      new ConsoleError('MR_CONSOLE_CONFLICT', {
        detail:
          'The service disabled it, and any change would enable it again: enable it first, which needs approval here.',
      }),
    close: () => store.close(),
  }
}
