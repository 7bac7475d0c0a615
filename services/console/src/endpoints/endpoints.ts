import type { Kafka } from '@millrace/kafka'
import {
  conditionOf,
  type EndpointOperations,
  type EndpointStore,
  endpointIn,
  endpointOperations,
  liveEndpointStore,
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
  /**
   * Any change of an endpoint ends what the service disabled by itself, and setting a config enables it: where enabling needs approval, a change must
   * not be the way around it. @throws ConsoleError `MR_CONSOLE_CONFLICT` when one that `fits` is in one of the states
   */
  refuseEnabling(tenant: string, fits: (endpoint: Endpoint) => boolean, states: readonly string[]): Promise<void>
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
    find: async (tenant, id) => endpointIn(await store.all(), { tenant, id }),
    async refuseEnabling(tenant, fits, states) {
      if (!settings.approve.includes('endpoint-enable')) return
      const [all, learnt] = await Promise.all([store.all(), store.states()])
      const own = [...all.values()].filter((endpoint) => endpoint.tenant === tenant && fits(endpoint))
      const off = own.find((endpoint) => states.includes(conditionOf(endpoint, learnt, Date.now()).state))
      if (off === undefined) return
      const detail = `${off.endpoint_id} is disabled, and this would enable it: enable it first, which needs approval here.`
      throw new ConsoleError('MR_CONSOLE_CONFLICT', { detail })
    },
    close: () => store.close(),
  }
}
