import { type ClientRequest, get, type IncomingMessage } from 'node:http'
import { waitFor } from '@millrace/test-support'

export interface Message {
  readonly event: string
  readonly id: string | undefined
  readonly data: Record<string, unknown>
}

export interface StreamReader {
  readonly messages: Message[]
  /** Resolves with the messages once there are enough that fit. */
  until(count: number, fits?: (message: Message) => boolean): Promise<Message[]>
  /** Stops taking bytes, as a reader that hangs does, and goes on. */
  pause(): void
  resume(): void
  close(): void
  readonly ended: Promise<void>
}

/** A reader of server-sent events on its own connection. @throws Error with the status when it is not 200 */
export async function readStream(url: string, headers: Record<string, string>): Promise<StreamReader> {
  const { response, request } = await open(url, headers)
  if (response.statusCode !== 200) {
    response.resume()
    throw new Error(`status ${response.statusCode}`)
  }
  const messages: Message[] = []
  let rest = ''
  response.setEncoding('utf8')
  response.on('data', (text: string) => {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const message = messageIn(block)
      if (message !== undefined) messages.push(message)
    }
  })
  const ended = new Promise<void>((resolve) => response.once('close', resolve))
  return {
    messages,
    ended,
    async until(count, fits = () => true) {
      await waitFor(() => messages.filter(fits).length >= count, { what: `${count} messages` })
      return messages.filter(fits)
    },
    pause: () => void response.socket.pause(),
    resume: () => void response.socket.resume(),
    close: () => void request.destroy(),
  }
}

function open(
  url: string,
  headers: Record<string, string>,
): Promise<{ response: IncomingMessage; request: ClientRequest }> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false }, (response) => resolve({ response, request }))
    request.once('error', reject)
  })
}

function messageIn(block: string): Message | undefined {
  const fields = new Map(
    block.split('\n').flatMap((line) => {
      const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? []
      return name === undefined ? [] : [[name, value ?? ''] as const]
    }),
  )
  const data = fields.get('data')
  if (data === undefined) return undefined
  return { event: fields.get('event') ?? 'message', id: fields.get('id'), data: JSON.parse(data) }
}
