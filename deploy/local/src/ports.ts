import { execFile } from 'node:child_process'
import { randomInt } from 'node:crypto'
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
 * a server that is restarted on it later still finds it free.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    if (await isFree(port)) return port
  }
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
