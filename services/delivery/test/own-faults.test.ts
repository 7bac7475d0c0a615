import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { freePort } from '@millrace/local'
import { startReceiver, waitFor } from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type RunningDelivery, runDelivery, type World } from './support/harness.ts'
import { tunnel } from './support/tunnel.ts'
import { messageEvent } from './support/values.ts'

let world: World
let service: RunningDelivery
let proxy: Server
let port: number

beforeAll(async () => {
  world = await createWorld()
  port = await freePort()
  service = await runDelivery(world, { proxyUrl: `http://127.0.0.1:${port}` })
})

afterAll(async () => {
  await service?.close()
  proxy?.close()
  await world?.close()
})

/** Begins to tunnel on the port on which nobody was. */
async function startProxy(): Promise<void> {
  proxy = createServer((socket) => {
    socket.on('error', () => {}).once('data', (head) => tunnel(socket, head.toString('latin1')))
  })
  proxy.listen(port, '127.0.0.1')
  await once(proxy, 'listening')
}

test('while the egress proxy is away a delivery waits, no try is used up, and it arrives once the proxy is back', async () => {
  const receiver = await startReceiver({ secret: world.secret })
  const tenant = `tenant-${receiver.port}`
  const { endpoint_id } = await world.addEndpoint(receiver.url, { tenant, retry_delays_ms: [1_000] })
  let refused = 0
  const counting = createServer((socket) => {
    refused++
    socket.destroy()
  })
  counting.listen(port, '127.0.0.1')
  await once(counting, 'listening')
  await world.publish(messageEvent({ tenant }))
  // More often than its policy would try it.
  await waitFor(() => refused >= 3, { what: 'the proxy to be asked three times' })
  await new Promise((resolve) => counting.close(resolve))
  await startProxy()
  const [request] = await waitFor(() => receiver.requests().length > 0 && receiver.requests(), {
    what: 'the delivery',
  })
  const attempt = await world.attempt('the only one', (each) => each.tenant === tenant)
  expect(attempt).toMatchObject({ attempt: 1, outcome: 'succeeded', delivery_id: request?.id })
  expect(world.attempts.filter((each) => each.endpoint_id === endpoint_id)).toHaveLength(1)
  await receiver.close()
})
