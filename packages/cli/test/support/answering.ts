import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Env } from './millrace.ts'

export interface Answering extends AsyncDisposable {
  /** Has commands ask it instead of a console. */
  readonly env: Env
}

/** Says the same to whatever is asked. @param isCutOff whether the connection breaks before the end */
export async function startAnswering(text: string, { isCutOff = false } = {}): Promise<Answering> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write(text, () => (isCutOff ? response.destroy() : response.end()))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    env: { MILLRACE_CONSOLE_URL: `http://127.0.0.1:${port}`, MILLRACE_CONSOLE_TOKEN: 'token' },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}
