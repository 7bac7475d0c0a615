// One of several processes that call the same account: asks for far more than its plan, in every lane, until it is told to stop.
import { lanes } from '@millrace/front-client'
import { createFrontClients, holdSources } from '@millrace/service-kit'
import { quietLog } from '@millrace/test-support'
import { createNoopMeter } from '@opentelemetry/api'
import { Redis } from 'ioredis'

const { REDIS_URL = '', FRONT_URL = '', FRONT_TOKEN = '', PLAN = '100', CALLS_A_MINUTE = '1000' } = process.env
const account = { tenant: 'bench', name: 'bench', provider: 'front', apiToken: FRONT_TOKEN, baseUrl: FRONT_URL }
const redis = new Redis(REDIS_URL)
const sources = holdSources({ sources: [], accounts: [{ ...account, callsPerMinute: Number(PLAN) }], tenants: [] })
const parts = { redis, log: quietLog, sources, meter: createNoopMeter(), onClose() {} }
const clients = createFrontClients(parts)
const client = clients.of('bench', 'bench')

const call = async (): Promise<void> => {
  const lane = lanes[Math.floor(Math.random() * lanes.length)] ?? 'poll'
  try {
    await client?.getConversation(`cnv_${Math.floor(Math.random() * 500)}`, { lane, maxWaitMs: 20_000 })
    process.send?.({ lane })
  } catch {
    // Waited for as long as it may: it asked for more than there is.
  }
}
setInterval(call, 60_000 / Number(CALLS_A_MINUTE))
process.send?.('ready')
process.on('disconnect', () => process.exit(1))
