import { writeSync } from 'node:fs'
import { Socket } from 'node:net'

/** Numbers of the requests before which a test stops or kills a member. */
const apis = { InitProducerId: 22, EndTxn: 26 }

export interface Meeting {
  readonly api: keyof typeof apis
  /** `stop`: SIGSTOP, the request goes out when the process goes on. `kill`: SIGKILL, it never does. */
  readonly how: 'stop' | 'kill'
}

/** How long a process may still run after it sent itself a signal. */
const SIGNAL_MS = 20

/** Stops or kills this process at the moment at which the first request of a kind would leave it. */
export function meetRequest({ api, how }: Meeting): void {
  const write = Socket.prototype.write
  let isMet = false
  Socket.prototype.write = function (this: Socket, ...args: Parameters<typeof write>): boolean {
    const [frame] = args as unknown as [unknown]
    if (isMet || !isRequest(frame, apis[api])) return write.apply(this, args)
    isMet = true
    writeSync(1, `${how} before ${api}\n`)
    process.kill(process.pid, how === 'stop' ? 'SIGSTOP' : 'SIGKILL')
    if (how === 'stop') setTimeout(() => write.apply(this, args), SIGNAL_MS)
    return true
  } as typeof write
}

/** A Kafka request: four bytes of size, two of its kind. kafkajs writes each at once. */
function isRequest(frame: unknown, api: number): boolean {
  return (
    Buffer.isBuffer(frame) &&
    frame.length > 6 &&
    frame.readInt32BE(0) === frame.length - 4 &&
    frame.readInt16BE(4) === api
  )
}
