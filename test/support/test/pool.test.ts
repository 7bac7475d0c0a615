import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createRequestPool, postBytes, type RequestPool } from '../src/index.ts'

const request = postBytes('/', Buffer.from('{}'), {})

async function startServer() {
  let connections = 0
  const server = createServer((asked, answer) => {
    asked.resume()
    answer.end('{}')
  })
  server.on('connection', () => {
    connections++
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, connections: () => connections }
}

/** One after the other; gives back the statuses, or why there is none. */
async function sendInTurn(pool: RequestPool, times: number): Promise<unknown[]> {
  const seen: unknown[] = []
  for (let turn = 0; turn < times; turn++) {
    const { answer, failure } = await pool.send(request)
    seen.push(answer?.status ?? failure)
  }
  return seen
}

test('requests in turn share one connection', async () => {
  const server = await startServer()
  const pool = createRequestPool({ port: server.port, maxConnections: 2 })
  onTestFinished(() => pool.close())
  expect(await sendInTurn(pool, 9)).toEqual(Array(9).fill(200))
  expect([pool.opened(), pool.open(), server.connections()]).toEqual([1, 1, 1])
})

test('where it is asked for, one in so many goes over a new one in place of the free one', async () => {
  const server = await startServer()
  const pool = createRequestPool({ port: server.port, maxConnections: 1, freshEvery: 3 })
  onTestFinished(() => pool.close())
  expect(await sendInTurn(pool, 9)).toEqual(Array(9).fill(200))
  expect([pool.opened(), pool.open(), server.connections()]).toEqual([4, 1, 4])
})
