import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { closeOrder, createClosers } from '../src/closers.ts'
import { leaveRotation } from '../src/leave-rotation.ts'
import { recordingLog } from './recording-log.ts'

async function start(drainMs: number) {
  const closers = createClosers(recordingLog().logger)
  const controller = new AbortController()
  const server = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('here'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
  onTestFinished(async () => {
    server.closeAllConnections()
    await close()
  })
  leaveRotation({
    ...{ server, drainMs, signal: controller.signal },
    onClose: (name, end, options) => closers.add(name, end, options?.order),
  })
  closers.add('http', close, closeOrder.intake)
  const ask = async () => {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    return { connection: answer.headers.get('connection'), text: await answer.text() }
  }
  const end = (deadlineMs: number) => {
    controller.abort()
    return closers.closeAll(deadlineMs)
  }
  return { ask, end, isListening: () => server.listening }
}

test('a server that shuts down still answers until its drain is over, and tells clients to connect anew', async () => {
  const { ask, end, isListening } = await start(1_000)
  expect(await ask()).toEqual({ connection: 'keep-alive', text: 'here' })
  const ended = end(60_000)
  expect(await ask()).toEqual({ connection: 'close', text: 'here' })
  expect(await ended).toBe(true)
  expect(isListening()).toBe(false)
})

test('the drain leaves half of the deadline to what is closed after it', async () => {
  const { end, isListening } = await start(3_600_000)
  expect(await end(100)).toBe(true)
  expect(isListening()).toBe(false)
})
