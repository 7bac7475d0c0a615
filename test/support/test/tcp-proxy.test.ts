import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTcpProxy, type TcpProxy } from '../src/tcp-proxy.ts'
import { waitFor } from '../src/wait-for.ts'

let echo: Server
let proxy: TcpProxy
let clients: Socket[]

beforeEach(async () => {
  clients = []
  echo = createServer((socket) => {
    socket.on('error', () => {})
    socket.pipe(socket)
  })
  echo.listen(0, '127.0.0.1')
  await once(echo, 'listening')
  proxy = await startTcpProxy({ target: { host: '127.0.0.1', port: (echo.address() as AddressInfo).port } })
})

afterEach(async () => {
  for (const client of clients) client.destroy()
  await proxy.close()
  echo.close()
})

async function open(): Promise<{ socket: Socket; got: () => string; error: () => Error | undefined }> {
  const socket = connect(proxy.port, proxy.host)
  let got = ''
  let error: Error | undefined
  socket.on('data', (chunk) => {
    got += chunk.toString()
  })
  socket.on('error', (raised) => {
    error = raised
  })
  clients.push(socket)
  await once(socket, 'connect')
  return { socket, got: () => got, error: () => error }
}

test('bytes pass both ways', async () => {
  const client = await open()
  client.socket.write('hello')
  await waitFor(() => client.got() === 'hello', { what: 'the echo' })
})

test('a held response arrives after healing', async () => {
  const client = await open()
  proxy.set('response', { mode: 'hold' })
  client.socket.write('hello')
  await waitFor(() => proxy.bytes('response') === 5, { what: 'the answer to reach the proxy' })
  expect(client.got()).toBe('')
  proxy.heal()
  await waitFor(() => client.got() === 'hello', { what: 'the held echo' })
})

test('a connection that lost bytes stays mute, a new one speaks', async () => {
  const client = await open()
  proxy.set('response', { mode: 'swallow' })
  client.socket.write('lost')
  await waitFor(() => proxy.bytes('response') === 4, { what: 'the answer to be swallowed' })
  proxy.heal()
  client.socket.write('more')
  await waitFor(() => proxy.bytes('response') === 8, { what: 'the second answer to be swallowed' })
  expect(client.got()).toBe('')
  const second = await open()
  second.socket.write('hello')
  await waitFor(() => second.got() === 'hello', { what: 'the echo on a new connection' })
})

test('a cut resets the client', async () => {
  const client = await open()
  client.socket.write('x')
  await waitFor(() => client.got() === 'x', { what: 'the echo' })
  proxy.cut()
  await waitFor(() => client.error(), { what: 'the reset' })
  await waitFor(() => proxy.connectionCount() === 0, { what: 'the proxy to forget the connection' })
})

test('down refuses, up takes connections on the same port again', async () => {
  await proxy.down()
  await expect(open()).rejects.toThrow('ECONNREFUSED')
  await proxy.up()
  const client = await open()
  client.socket.write('back')
  await waitFor(() => client.got() === 'back', { what: 'the echo' })
})

test("a client's half-close reaches the server and its answer comes back", async () => {
  const client = await open()
  client.socket.end('bye')
  await once(client.socket, 'close')
  expect(client.got()).toBe('bye')
})
