import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { exchangeRaw, waitFor } from '@millrace/test-support'
import { afterEach, expect, test } from 'vitest'
import { inTurn, MAX_IN_HAND } from '../src/in-turn.ts'

let server: Server
const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server.closeAllConnections()
  server.close()
})

async function serve(listener: RequestListener): Promise<number> {
  server = createServer(inTurn(listener))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`
const answer = ({ url }: IncomingMessage, response: ServerResponse) =>
  response.setHeader('content-length', String(url?.length)).end(url)
const many = (count: number) => Array.from({ length: count }, (_, n) => `/${n}`)

test('requests that come at once on one connection are all answered, in their order', async () => {
  const port = await serve(answer)
  const paths = many(500)
  const { answers } = await exchangeRaw({ port }, [paths.map(get).join('')], { quietMs: 500 })
  expect(answers.map(({ body }) => body)).toEqual(paths)
})

test('no more than a few of them are in hand at a time, and each answer lets the next one in', async () => {
  const held: ServerResponse[] = []
  const port = await serve((_, response) => void held.push(response))
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  socket.resume().write(many(100).map(get).join(''))
  await waitFor(() => held.length >= MAX_IN_HAND, { what: 'the first ones' })
  expect(held).toHaveLength(MAX_IN_HAND)
  held[0]?.end()
  await waitFor(() => held.length > MAX_IN_HAND, { what: 'the next one' })
  expect(held).toHaveLength(MAX_IN_HAND + 1)
})

test('no more than a few of them are begun in one turn of the event loop, even if each is answered at once', async () => {
  let begun = 0
  let most = 0
  const port = await serve((request, response) => {
    if (begun++ === 0) {
      setImmediate(() => {
        most = Math.max(most, begun)
        begun = 0
      })
    }
    request.resume().on('end', () => answer(request, response))
  })
  const { answers } = await exchangeRaw({ port }, [many(1_000).map(get).join('')], { quietMs: 500 })
  expect(answers).toHaveLength(1_000)
  expect(most).toBeLessThanOrEqual(MAX_IN_HAND)
})

test('who sends one request has not to wait until all of another connection are done', async () => {
  const seen: string[] = []
  const port = await serve((request, response) => {
    seen.push(request.url ?? '')
    answer(request, response)
  })
  const flood = connect(port, '127.0.0.1')
  sockets.push(flood)
  const [good] = await Promise.all([
    exchangeRaw({ port }, [get('/good')], { quietMs: 0 }),
    flood.resume().write(many(20_000).map(get).join('')),
  ])
  expect(good.answers).toHaveLength(1)
  await waitFor(() => seen.length === 20_001, { what: 'the others' })
  expect(seen.indexOf('/good')).toBeLessThan(5_000)
})

test('nothing more is read while some wait, though the bodies of those in hand are', async () => {
  let inHand = 0
  let isRead = false
  const port = await serve((request) => {
    inHand++
    request.resume().on('end', () => {
      isRead = true
    })
  })
  const accepted = once(server, 'connection')
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  socket.write(Buffer.from('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nbody'.repeat(50_000)))
  const [atServer] = (await accepted) as [Socket]
  await waitFor(() => isRead && inHand === MAX_IN_HAND, { what: 'the first ones' })
  // Many turns of the event loop, in which others are answered.
  for (let turn = 0; turn < 20; turn++) await exchangeRaw({ port }, ['GARBAGE\r\n\r\n'], { quietMs: 0 })
  expect(atServer.bytesRead).toBeLessThan(400_000)
  expect(inHand).toBe(MAX_IN_HAND)
})

test('a connection that ends takes what waits with it', async () => {
  const held: ServerResponse[] = []
  const port = await serve((_, response) => void held.push(response))
  const accepted = once(server, 'connection')
  const socket = connect(port, '127.0.0.1')
  socket.resume().write(many(1_000).map(get).join(''))
  const [atServer] = (await accepted) as [Socket]
  await waitFor(() => held.length === MAX_IN_HAND, { what: 'the first ones' })
  socket.resetAndDestroy()
  // Nothing is read of it, so its end is seen when an answer is written.
  await waitFor(
    () => {
      for (const response of held) response.end()
      return atServer.destroyed
    },
    { what: 'the end of the connection' },
  )
  expect(held.length).toBeLessThan(100)
})
