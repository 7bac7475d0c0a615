import type { KafkaPort } from '../port.ts'
import type { KafkaOptions } from '../types.ts'
import { createAdmin } from './admin.ts'
import { createClient } from './client.ts'
import { createMember } from './member.ts'
import { createProducer, fenceProducer } from './producer.ts'

const DEFAULT_SESSION_MS = 10_000
const DEFAULT_TRANSACTION_MS = 10_000
/** A produce request that takes longer is given up on and repeated by the send loop. */
const PRODUCE_TIMEOUT_MS = 3_000

/** The port by kafkajs 2.2.4 with the patch in `patches/`. */
export function kafkajsPort(options: KafkaOptions): KafkaPort {
  const reading = createClient(options, {
    requestTimeout: 15_000,
    retry: { retries: 8, initialRetryTime: 200, maxRetryTime: 5_000 },
  })
  const writing = createClient(options, { requestTimeout: PRODUCE_TIMEOUT_MS, retry: { retries: 0 } })
  const transacting = createClient(options, {
    requestTimeout: 5_000,
    retry: { retries: 5, initialRetryTime: 50, maxRetryTime: 1_000 },
  })
  const asking = createClient(options, {
    requestTimeout: 5_000,
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
  })
  const tuning = { sessionTimeoutMs: options.sessionTimeoutMs ?? DEFAULT_SESSION_MS, log: options.log }
  return {
    producer: () => createProducer(writing),
    fence: (id) => fenceProducer(transacting, id, options.transactionTimeoutMs ?? DEFAULT_TRANSACTION_MS),
    member: (memberOptions) => createMember(reading, memberOptions, tuning),
    admin: () => createAdmin(asking),
  }
}
