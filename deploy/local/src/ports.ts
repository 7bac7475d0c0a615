import { execFile } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { createServer } from 'node:net'
import { promisify } from 'node:util'

/** Whether nothing listens on a TCP port of 127.0.0.1 or of all addresses. */
export async function isFree(port: number): Promise<boolean> {
  return (await canBind(port, '127.0.0.1')) && (await canBind(port, '0.0.0.0'))
}

function canBind(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/**
 * Finds a free port between 20000 and 31999: below the range that systems hand out to outgoing connections, so that
 * a server that is restarted on it later still finds it free. No other caller of this gets it while this process lives:
 * it may take seconds until a server listens on what it was given.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    const mark = await markGiven(port)
    if (mark === undefined) continue
    if (await isFree(port)) return port
    mark.close()
  }
}

/** A UDP socket of the same number, which the system lets one process have and takes back when that has ended; undefined when another one has it. */
function markGiven(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.once('error', () => {
      socket.close()
      resolve(undefined)
    })
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(socket.unref()))
  })
}

/** Names the process that listens on a port, such as `java (pid 4711)`; undefined where the system does not tell. */
export async function whoHolds(port: number): Promise<string | undefined> {
  return (await askLsof(port)) ?? (await askSs(port))
}

async function askLsof(port: number): Promise<string | undefined> {
  const out = await output('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'])
  const pid = /^p(\d+)$/m.exec(out)?.[1]
  const name = /^c(.+)$/m.exec(out)?.[1]
  return pid && `${name ?? 'a process'} (pid ${pid})`
}

async function askSs(port: number): Promise<string | undefined> {
  const out = await output('ss', ['-Hltnp', `sport = :${port}`])
  const found = /users:\(\("([^"]+)",pid=(\d+)/.exec(out)
  return found ? `${found[1]} (pid ${found[2]})` : undefined
}

async function output(command: string, args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(command, [...args], { timeout: 3_000 })).stdout
  } catch {
    return ''
  }
}
