import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import { isIP } from 'node:net'
import { type Answer, decode, encode, type Question } from 'dns-packet'

/** What a name leads to: addresses of both families; a function is asked anew each time. `cname:other.name` leads on to another name. */
export type NameAnswer = readonly string[] | (() => readonly string[])

export interface NameServer {
  /** `127.0.0.1:port`. */
  readonly address: string
  /** Questions that were answered. */
  asked(): number
  /** What is answered from now on: `answer`, silence, or the server's failure. */
  behave(how: 'answer' | 'silent' | 'SERVFAIL'): void
  close(): Promise<void>
}

/** A name server over UDP that answers by a table, with a time to live of 0; other names do not exist. */
export async function startNameServer(names: Readonly<Record<string, NameAnswer>>): Promise<NameServer> {
  const socket = createSocket('udp4')
  let asked = 0
  let how: 'answer' | 'silent' | 'SERVFAIL' = 'answer'
  socket.on('message', (message: Buffer, { port, address }: RemoteInfo) => {
    if (how === 'silent') return
    asked++
    const { id = 0, questions = [] } = decode(message)
    const [question] = questions
    if (question === undefined) return
    const answers = how === 'answer' ? answersTo(question, names) : []
    const code = how === 'SERVFAIL' ? 2 : answers === undefined ? 3 : 0
    const reply = encode({ type: 'response', id, flags: 0x8180 | code, questions, answers: answers ?? [] })
    socket.send(reply, port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked: () => asked,
    behave: (next) => {
      how = next
    },
    close: async () => {
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}

function answersTo({ type, name }: Question, names: Readonly<Record<string, NameAnswer>>): Answer[] | undefined {
  const known = names[name.toLowerCase()]
  if (known === undefined) return undefined
  const found = typeof known === 'function' ? known() : known
  const family = type === 'A' ? 4 : 6
  return found.flatMap((target): Answer[] => {
    const alias = /^cname:(.*)$/.exec(target)?.[1]
    if (alias !== undefined)
      return [{ type: 'CNAME', name, ttl: 0, data: alias }, ...(answersTo({ type, name: alias }, names) ?? [])]
    if (isIP(target) !== family) return []
    return [{ type: family === 4 ? 'A' : 'AAAA', name, ttl: 0, data: target }]
  })
}
