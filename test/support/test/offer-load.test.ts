import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createRequestPool, offerLoad, postBytes, type Sent, waitFor } from '../src/index.ts'

const request = () => postBytes('/', Buffer.from('{}'), {})

/** Answers nobody until it is told to, then everybody. */
async function startStalledServer() {
  const waiting = new Set<ServerResponse>()
  let isStalled = true
  const server = createServer((asked, answer) => {
    asked.resume()
    if (isStalled) waiting.add(answer)
    else answer.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return {
    port: (server.address() as AddressInfo).port,
    waiting: () => waiting.size,
    goOn() {
      isStalled = false
      for (const answer of waiting) answer.end('{}')
    },
  }
}

test('what is due while every connection is busy is sent once one is free, and its time counts from when it was due', async () => {
  const server = await startStalledServer()
  const pool = createRequestPool({ port: server.port, maxConnections: 2 })
  onTestFinished(() => pool.close())
  const stop = new AbortController()
  const sent: Sent[] = []
  const offered = offerLoad({ pool, rate: 200, signal: stop.signal, request, onSent: (one) => sent.push(one) })
  const began = performance.now()
  await waitFor(() => server.waiting() === 2 && performance.now() - began > 300, { what: 'a stall' })
  server.goOn()
  const stalledMs = performance.now() - began
  await waitFor(() => sent.length > (stalledMs / 1_000) * 200, { what: 'everything that was due' })
  stop.abort()
  await offered
  expect(sent.filter(({ failure }) => failure !== null)).toEqual([])
  // The last of the stall waited a moment, the first for nearly all of it.
  expect(sent.filter(({ ms }) => ms > stalledMs / 2).length).toBeGreaterThan(10)
})

test('for a load that is to be what it says, such a request is told of and never sent', async () => {
  const server = await startStalledServer()
  const pool = createRequestPool({ port: server.port, maxConnections: 2 })
  onTestFinished(() => pool.close())
  const stop = new AbortController()
  const sent: Sent[] = []
  let heldBack = 0
  const offered = offerLoad({
    ...{ pool, rate: 200, signal: stop.signal, request },
    onSent: (one) => sent.push(one),
    onHeldBack: () => heldBack++,
  })
  await waitFor(() => heldBack >= 10, { what: 'requests that found no connection' })
  stop.abort()
  server.goOn()
  await offered
  expect(sent).toHaveLength(2)
})
