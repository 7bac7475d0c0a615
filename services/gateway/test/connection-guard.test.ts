import { EventEmitter } from 'node:events'
import type { Server, Socket } from 'node:net'
import { expect, test } from 'vitest'
import { guardConnections } from '../src/connection-guard.ts'

let ports = 1_024

/** A connection of which the guard sees what it looks at. */
class FakeSocket extends EventEmitter {
  bytesRead = 0
  destroyed = false
  readonly remoteAddress: string
  readonly remotePort = ports++
  /** As a real one: closed is said in a later turn. */
  closesLater = false

  constructor(remoteAddress: string) {
    super()
    this.remoteAddress = remoteAddress
  }

  destroy() {
    this.destroyed = true
    if (this.closesLater) setImmediate(() => this.emit('close'))
    else this.emit('close')
  }
}

const turn = () => new Promise(setImmediate)

/** Two turns later it is judged. */
async function open(server: EventEmitter, ...addresses: string[]): Promise<FakeSocket[]> {
  const sockets = addresses.map((address) => new FakeSocket(address))
  for (const socket of sockets) server.emit('connection', socket as unknown as Socket)
  await turn()
  await turn()
  await turn()
  return sockets
}

function guarded(total: number): EventEmitter {
  return guardedFor(total).server
}

function guardedFor(total: number, now: () => number = () => 0) {
  const server = new EventEmitter()
  const bounds = { total, perAddress: 0, isProxy: () => false, onClosed: () => {}, now }
  const { atWork } = guardConnections(server as Server, bounds)
  return { server, atWork: (socket: FakeSocket | undefined) => atWork(socket as unknown as Socket) }
}

test('at the bound a silent connection of the address that has most silent ones makes room, not an older one of a slow sender', async () => {
  const server = guarded(4)
  const [slow, ...flood] = await open(server, '192.0.2.1', '192.0.2.66', '192.0.2.66', '192.0.2.66')
  await open(server, '192.0.2.66', '192.0.2.66')
  expect(slow?.destroyed).toBe(false)
  expect(flood.map(({ destroyed }) => destroyed)).toEqual([true, true, false])
})

test('of addresses with as many connections the oldest silent one makes room, and none that spoke', async () => {
  const server = guarded(3)
  const [spoke, oldest, younger] = await open(server, '192.0.2.1', '192.0.2.2', '192.0.2.3')
  if (spoke !== undefined) spoke.bytesRead = 1
  await open(server, '192.0.2.4')
  expect([spoke, oldest, younger].map((socket) => socket?.destroyed)).toEqual([false, true, false])
})

test('a sender’s connections at work are not held against the one that has not spoken yet', async () => {
  const server = guarded(6)
  const [late, ...working] = await open(server, ...Array<string>(4).fill('192.0.2.1'))
  const flood = await open(server, '192.0.2.66', '192.0.2.66')
  for (const socket of working) socket.bytesRead = 1
  await open(server, '192.0.2.66')
  expect(late?.destroyed).toBe(false)
  expect(flood.map(({ destroyed }) => destroyed)).toEqual([true, false])
})

test('connections that are being closed make room, all in one turn', async () => {
  const server = guarded(100)
  const idle = await open(server, ...Array.from({ length: 100 }, (_, at) => `192.0.2.${at}`))
  for (const socket of idle) {
    socket.closesLater = true
    socket.destroy()
  }
  const [good] = await open(server, '198.51.100.1')
  expect(good?.destroyed).toBe(false)
})

test('a silent connection makes room, however many before it have spoken', async () => {
  const server = guarded(100)
  const sockets = await open(server, ...Array.from({ length: 100 }, (_, at) => `192.0.2.${at}`))
  for (const socket of sockets.slice(0, 99)) socket.bytesRead = 1
  const [good] = await open(server, '198.51.100.1')
  expect([sockets[99]?.destroyed, good?.destroyed]).toEqual([true, false])
})

test('a connection that began to speak and asks nothing makes room after a second, one that asked does not', async () => {
  let time = 0
  const { server, atWork } = guardedFor(3, () => time)
  const [good, ...slow] = await open(server, '192.0.2.1', '192.0.2.66', '192.0.2.66')
  for (const socket of [good, ...slow]) if (socket !== undefined) socket.bytesRead = 1
  atWork(good)
  time = 999
  const [early] = await open(server, '192.0.2.2')
  expect(early?.destroyed).toBe(true)
  time = 1_000
  const [late] = await open(server, '192.0.2.2')
  expect([late, good, ...slow].map((socket) => socket?.destroyed)).toEqual([false, false, true, false])
})

test('one that asked before it was judged is none of those that may go', async () => {
  const { server, atWork } = guardedFor(1)
  const good = new FakeSocket('192.0.2.1')
  server.emit('connection', good as unknown as Socket)
  atWork(good)
  for (let turns = 0; turns < 3; turns++) await turn()
  const [next] = await open(server, '192.0.2.2')
  expect([good.destroyed, next?.destroyed]).toEqual([false, true])
})

test('a crowd of one address that only began to speak makes room at once', async () => {
  const { server } = guardedFor(6)
  const [good, ...crowd] = await open(server, '192.0.2.1', ...Array<string>(5).fill('192.0.2.66'))
  for (const socket of [good, ...crowd]) if (socket !== undefined) socket.bytesRead = 1
  const [first] = await open(server, '192.0.2.2')
  if (first !== undefined) first.bytesRead = 1
  const [second] = await open(server, '192.0.2.3')
  expect([good, first, second].map((socket) => socket?.destroyed)).toEqual([false, false, false])
  expect(crowd.map(({ destroyed }) => destroyed)).toEqual([true, true, false, false, false])
})
