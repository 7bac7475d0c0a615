// Thread of the load tool: bare sockets and requests that were made beforehand, so that it costs less than what it measures.
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { parentPort } from 'node:worker_threads'
import type { Load, LoadResult } from './load.ts'
import { newRequest } from './requests.ts'

const READ_BYTES = 65_536
/** Requests that are sent in turn, made before the clock starts. */
const POOL = { bytes: 8_000_000, most: 2_000 }
const LAST_ANSWERS_MS = 10_000

interface Client {
  readonly socket: Socket
  /** When its request was to be sent; 0 while it has none. */
  due: number
  answer: string
}

parentPort?.on('message', async (load: Load) => {
  parentPort?.postMessage(await run(load))
})

async function run(load: Load): Promise<LoadResult> {
  const count = Math.max(4, Math.min(POOL.most, Math.floor(POOL.bytes / load.size)))
  const requests = Array.from({ length: count }, () => newRequest(load.size, load.secret))
  const latencies: number[] = []
  const lateness: number[] = []
  const ids = createIds()
  const failures: Record<number, number> = {}
  const idle: Client[] = []
  /** Due times of requests for which no connection was free. */
  const waiting: number[] = []
  let next = 0
  let served = 0
  let lastAnswer = 0
  let isEnding = false
  let open = 0

  const send = (client: Client, due: number) => {
    client.due = due
    open++
    client.socket.write(requests[next++ % count] as Buffer)
  }

  const finish = (client: Client, status: number) => {
    lastAnswer = performance.now()
    if (status >= 200 && status < 300) latencies.push(lastAnswer - client.due)
    else failures[status] = (failures[status] ?? 0) + 1
    client.due = 0
    open--
    if (load.rate !== undefined) {
      if (served < waiting.length) send(client, waiting[served++] as number)
      else idle.push(client)
    } else if (!isEnding) send(client, lastAnswer)
  }

  const read = (client: Client, bytes: number, buffer: Buffer) => {
    client.answer += buffer.toString('latin1', 0, bytes)
    const answer = wholeAnswer(client.answer)
    if (answer === undefined) return
    client.answer = ''
    if (answer.id !== undefined && answer.status < 300) ids.add(answer.id)
    finish(client, answer.status)
  }

  const clients = await Promise.all(
    Array.from({ length: load.connections }, () =>
      newClient(load.port, read, (client) => {
        if (client.due > 0) finish(client, 0)
      }),
    ),
  )
  const utilization = performance.eventLoopUtilization()
  const began = performance.now()
  const ends = began + load.seconds * 1_000
  if (load.rate === undefined) {
    for (const client of clients) send(client, performance.now())
    await delay(load.seconds * 1_000)
  } else {
    idle.push(...clients)
    const every = 1_000 / load.rate
    for (let due = began + every; due < ends; ) {
      const now = performance.now()
      for (; due <= now && due < ends; due += every) {
        lateness.push(now - due)
        const client = idle.pop()
        if (client === undefined) waiting.push(due)
        else send(client, due)
      }
      await delay(1)
    }
  }
  isEnding = true
  const giveUp = performance.now() + LAST_ANSWERS_MS
  while ((open > 0 || served < waiting.length) && performance.now() < giveUp) await delay(5)
  const busy = performance.eventLoopUtilization(utilization).utilization
  if (open > 0) failures[0] = (failures[0] ?? 0) + open
  for (const { socket } of clients) socket.destroy()
  return {
    latencies: Float64Array.from(latencies),
    lateness: Float64Array.from(lateness),
    ids: ids.all(),
    failures,
    seconds: (lastAnswer - began) / 1_000,
    busy,
  }
}

function newClient(
  port: number,
  read: (client: Client, bytes: number, buffer: Buffer) => void,
  broken: (client: Client) => void,
): Promise<Client> {
  return new Promise((resolve, reject) => {
    const onread = {
      buffer: Buffer.alloc(READ_BYTES),
      callback: (bytes: number, buffer: Uint8Array) => {
        read(client, bytes, buffer as Buffer)
        return true
      },
    }
    const socket = connect({ host: '127.0.0.1', port, noDelay: true, onread }, () => resolve(client))
    const client: Client = { socket, due: 0, answer: '' }
    socket.on('error', reject)
    socket.on('close', () => broken(client))
  })
}

/** As UUIDs are written. */
const ID_LENGTH = 36
const IDS_A_PAGE = 65_536

/** Ids of answers, as bytes: each as a text would keep the answer it was cut from, for the collector of this thread to go through while servers are measured. */
function createIds() {
  const pages: Buffer[] = []
  let count = 0
  return {
    add(id: string) {
      if (id.length !== ID_LENGTH) throw new Error(`an id has ${ID_LENGTH} characters, and this one ${id.length}`)
      const place = count++ % IDS_A_PAGE
      if (place === 0) pages.push(Buffer.alloc(IDS_A_PAGE * ID_LENGTH))
      pages.at(-1)?.write(id, place * ID_LENGTH, 'latin1')
    },
    all: () =>
      Array.from({ length: count }, (_, nth) => {
        const start = (nth % IDS_A_PAGE) * ID_LENGTH
        return (pages[Math.floor(nth / IDS_A_PAGE)] as Buffer).toString('latin1', start, start + ID_LENGTH)
      }),
  }
}

/** Status and webhook id of an answer that is whole; undefined while some of it is missing. */
function wholeAnswer(text: string): { status: number; id: string | undefined } | undefined {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return undefined
  const length = Number(headerOf(text, CONTENT_LENGTH, head))
  if (text.length < head + 4 + length) return undefined
  return { status: Number(text.slice(9, 12)), id: headerOf(text, WEBHOOK_ID, head) }
}

interface HeaderName {
  readonly text: string
  /** Servers write names in either case: Node's own as `Content-Length`, ours as they were given. */
  readonly pattern: RegExp
}

const CONTENT_LENGTH: HeaderName = { text: 'content-length: ', pattern: /content-length: /i }
const WEBHOOK_ID: HeaderName = { text: 'x-webhook-id: ', pattern: /x-webhook-id: /i }

function headerOf(answer: string, { text, pattern }: HeaderName, end: number): string | undefined {
  let at = answer.indexOf(text)
  if (at < 0) at = answer.search(pattern)
  if (at < 0 || at > end) return undefined
  return answer.slice(at + text.length, answer.indexOf('\r\n', at))
}
