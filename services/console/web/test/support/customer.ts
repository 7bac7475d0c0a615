import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Posted {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A customer's server that consents and answers as a test says. */
export interface Customer extends AsyncDisposable {
  readonly url: string
  /** What was posted, in order. */
  readonly posted: readonly Posted[]
  /** Whether the question for consent (OPTIONS) is answered with yes. */
  consents: boolean
  /** What posts are answered. */
  status: number
}

/** Listens on a free port of this machine. */
export async function startCustomer(): Promise<Customer> {
  const posted: Posted[] = []
  const server = createServer(async (request, response) => {
    if (request.method === 'OPTIONS') {
      const headers = customer.consents ? { 'webhook-allowed-origin': '*' } : {}
      return void response.writeHead(customer.consents ? 200 : 404, headers).end()
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    posted.push({ headers, body: Buffer.concat(chunks).toString() })
    response.writeHead(customer.status).end('noted')
  })
  const customer: Customer = {
    get url() {
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`
    },
    posted,
    consents: true,
    status: 200,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return customer
}
