import { topicKey } from '@millrace/domain'
import type { EndpointState } from '@millrace/schemas'
import { expect, test } from 'vitest'
import { healthRules, stateOf, wellHealth } from '../src/endpoint-health.ts'
import { createEndpointStates } from '../src/endpoint-states.ts'
import { endpointOf } from './support/values.ts'

test('what is given up for a disabled endpoint is one line for each time that it was disabled', async () => {
  const endpoint = endpointOf()
  let state: EndpointState | undefined
  const lines: unknown[] = []
  const quiet = () => {}
  const states = createEndpointStates({
    kafka: { send: async () => ({ partition: 0, offset: 0n }) as never },
    table: {
      get: (key) => (key === topicKey(endpoint.tenant, endpoint.endpoint_id) ? state : undefined),
      onChange: () => () => true,
    },
    rules: healthRules(1),
    log: { debug: quiet, info: quiet, error: quiet, warn: (fields: unknown) => lines.push(fields) },
  })
  for (const disabledAt of [1, 2]) {
    state = stateOf(endpoint, { ...wellHealth, disabledAt, disabledReason: 'failing' }, 3)
    for (let event = 0; event < 3; event++) states.givenUp(endpoint)
  }
  await states.close()
  expect(lines).toMatchObject([
    { endpoint_id: endpoint.endpoint_id, disabled_at: 1, disabled_reason: 'failing' },
    { endpoint_id: endpoint.endpoint_id, disabled_at: 2 },
  ])
})
