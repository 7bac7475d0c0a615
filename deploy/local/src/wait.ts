import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Asks again every `everyMs` until the answer is true. False when `deadlineMs` passed or `signal` aborted first. */
export async function until(
  ask: () => Promise<boolean> | boolean,
  options: { deadlineMs: number; everyMs?: number; signal?: AbortSignal },
): Promise<boolean> {
  const end = Date.now() + options.deadlineMs
  for (;;) {
    if (options.signal?.aborted) return false
    if (await ask()) return true
    if (Date.now() > end) return false
    await sleep(options.everyMs ?? 50)
  }
}

/** Sends bytes over TCP and gives the first bytes of the answer; undefined when there was none within `deadlineMs`. */
export function exchange(host: string, port: number, bytes: Buffer, deadlineMs: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: deadlineMs })
    const settle = (answer: Buffer | undefined): void => {
      resolve(answer)
      socket.destroy()
    }
    socket.once('connect', () => socket.write(bytes))
    socket.once('data', (chunk: Buffer) => settle(chunk))
    socket.once('timeout', () => settle(undefined))
    socket.once('error', () => settle(undefined))
    socket.once('close', () => settle(undefined))
  })
}
