import {
  adminPort,
  common,
  defineSettings,
  duration,
  integer,
  required,
  secret,
  secretKeySettings,
  targetSettings,
} from '@millrace/service-kit'
import { parseSecretKeys } from '@millrace/signing'

export const settings = defineSettings({
  ...common,
  adminPort: adminPort('delivery', 9084),
  secretKeys: secret('MILLRACE_SECRET_KEYS', required, secretKeySettings.secretKeys.doc, { check: problemOfKeys }),
  timeoutMs: duration(
    'DELIVERY_TIMEOUT_SECONDS',
    30_000,
    'Longest time of one try of a delivery: connecting, headers and body together.',
    { unit: 's', min: 1_000, max: 300_000 },
  ),
  ...targetSettings,
  endpointConcurrency: integer(
    'DELIVERY_ENDPOINT_CONCURRENCY',
    10,
    'Requests open at the same time to one endpoint, by one process.',
    { min: 1, max: 1_000 },
  ),
  concurrency: integer('DELIVERY_CONCURRENCY', 200, 'Requests open at the same time in one process.', {
    min: 1,
    max: 10_000,
  }),
  maxQueued: integer(
    'DELIVERY_MAX_QUEUED',
    4_000,
    'Deliveries that one process holds in memory: under way, waiting for their endpoint or for their retry.',
    { min: 1, max: 1_000_000 },
  ),
})

function problemOfKeys(keys: string): string | undefined {
  try {
    parseSecretKeys(keys)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
