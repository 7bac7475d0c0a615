import { randomBytes } from 'node:crypto'
import { signFront } from '@millrace/test-support'

/** Where every server of the benchmark takes webhooks. */
export const PATH = '/api/webhooks/front'

/** A whole HTTP/1.1 request of a Front application webhook of `size` bytes, signed as of now, ready to be written to a socket. */
export function newRequest(size: number, secret: string): Buffer {
  const body = newBody(size)
  const headers = {
    host: '127.0.0.1',
    'user-agent': 'bench',
    'content-length': String(body.length),
    ...signFront(body, 'app', secret),
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`POST ${PATH} HTTP/1.1\r\n${lines.join('')}\r\n`), body])
}

/** An event of its own in one of 65,536 conversations. */
function newBody(size: number): Buffer {
  const text = 'The parcel has not come yet. '.repeat(Math.max(0, Math.ceil((size - 420) / 29)))
  return Buffer.from(
    JSON.stringify({
      type: 'inbound_received',
      authorization: { id: 'cmp_1a2b3' },
      payload: {
        id: `evt_${randomBytes(6).toString('hex')}`,
        type: 'inbound',
        emitted_at: Date.now() / 1_000,
        conversation: {
          id: `cnv_${randomBytes(2).toString('hex')}`,
          subject: 'Parcel',
          status: 'unassigned',
          tags: [],
        },
        target: { _meta: { type: 'message' }, data: { id: 'msg_1a2b3', is_inbound: true, text } },
      },
    }),
  )
}
