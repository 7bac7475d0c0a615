import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import type { Sink } from './listener.ts'

/** What may wait in memory for one connection: some 500 messages. */
const MAX_WAITING_BYTES = 262_144

/** The reader then comes again with its last id, and its session or token is looked at anew. */
const MAX_AGE_MS = 300_000

/** Begins a stream of server-sent events as the answer. From then on the answer is the sink's. */
export function openStream(reply: FastifyReply): Sink {
  const { raw } = reply
  reply.hijack()
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // Nginx and its like would hold messages back until they make a block.
    'x-accel-buffering': 'no',
  })
  raw.socket?.setNoDelay(true)
  // A browser comes again this soon after the stream has ended.
  raw.write('retry: 2000\n\n')
  const timer = setTimeout(() => raw.end(), MAX_AGE_MS)
  raw.once('close', () => clearTimeout(timer))
  return sinkOf(raw)
}

function sinkOf(raw: ServerResponse): Sink {
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  raw.once('close', resolve)
  raw.once('error', resolve)
  return {
    closed,
    get isEnded() {
      return raw.writableEnded || raw.destroyed
    },
    write(text) {
      raw.write(text)
      return raw.writableLength < MAX_WAITING_BYTES
    },
    drained: () => (raw.writableLength === 0 || raw.destroyed ? Promise.resolve() : drainOf(raw)),
    end() {
      raw.end()
    },
  }
}

function drainOf(raw: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      raw.off('drain', done)
      raw.off('close', done)
      resolve()
    }
    raw.once('drain', done)
    raw.once('close', done)
  })
}
