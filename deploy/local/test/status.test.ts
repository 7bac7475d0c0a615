import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { askReady } from '../src/readiness.ts'
import { statusLines } from '../src/status-lines.ts'

const server = createServer()
afterEach(() => void server.close())

async function answering(status: number, report: object) {
  server.once('request', (_request, response) => response.writeHead(status).end(JSON.stringify(report)))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const admin = { variable: 'GATEWAY_ADMIN_PORT', port: (server.address() as AddressInfo).port }
  return askReady({ name: 'gateway', script: '', admin }, {})
}

const kafkaAway = { checks: { started: { ok: true }, kafka: { ok: false, reason: 'no answer' } } }

describe('npm run status', () => {
  test('tells what a ready service does without', async () => {
    expect(await answering(200, kafkaAway)).toEqual({ isReady: true, reason: 'kafka: no answer' })
  })

  test('tells why a service is not ready', async () => {
    expect(await answering(503, kafkaAway)).toEqual({ isReady: false, reason: 'kafka: no answer' })
  })

  test('has the process id of what runs', () => {
    const rows = [
      { name: 'gateway', address: '127.0.0.1:8000', isReady: true, reason: 'kafka: no answer' },
      { name: 'dedup', address: '127.0.0.1:9081', isReady: false, reason: 'does not answer' },
    ]
    expect(statusLines(rows, { gateway: 4711 })).toEqual([
      'gateway  127.0.0.1:8000  pid 4711  ready (kafka: no answer)',
      'dedup    127.0.0.1:9081            not ready (does not answer)',
    ])
  })
})
