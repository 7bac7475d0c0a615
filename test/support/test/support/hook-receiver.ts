import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { waitFor } from '../../src/wait-for.ts'

export interface Post {
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Takes webhooks of the simulated Front, and answers its challenge. */
export interface HookReceiver {
  readonly url: string
  posts(): readonly Post[]
  wait(count: number): Promise<readonly Post[]>
  /** Status of all answers but to the challenge. */
  answer(status: number): void
  close(): Promise<void>
}

export async function startHookReceiver(): Promise<HookReceiver> {
  const posts: Post[] = []
  let status = 200
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    const challenge = request.headers['x-front-challenge']
    if (challenge) return response.writeHead(200, { 'content-type': 'text/plain' }).end(challenge)
    posts.push({ headers: request.headers, body })
    return response.writeHead(status).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    posts: () => posts,
    wait: (count) => waitFor(() => (posts.length >= count ? posts : undefined), { what: `${count} webhooks` }),
    answer: (next) => {
      status = next
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
