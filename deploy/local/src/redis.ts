import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, realpathSync } from 'node:fs'
import { arch, platform } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { LocalError } from './errors.ts'
import { processServer, type Server } from './server.ts'
import { exchange } from './wait.ts'

export interface RedisOptions {
  readonly binary: string
  readonly dir: string
  readonly port: number
  readonly portVariable?: string | undefined
  /** Whether data survives a restart. Costs one fsync a second. */
  readonly isDurable: boolean
  readonly onCrash?: ((server: Server, how: string) => void) | undefined
}

/** The `redis-server` on the PATH; undefined when there is none. */
export async function findRedis(): Promise<string | undefined> {
  try {
    await promisify(execFile)('redis-server', ['--version'], { timeout: 5_000 })
    return 'redis-server'
  } catch {
    return undefined
  }
}

/** The `redis-server` for this machine among the binaries of the embedded-redis jar. */
export function bundledRedis(directory: string): string {
  const suffix = `-${platform()}-${{ x64: 'amd64', arm64: 'arm64', ia32: '386' }[arch() as string] ?? arch()}`
  const name = existsSync(directory) ? readdirSync(directory).find((file) => file.endsWith(suffix)) : undefined
  if (name) {
    chmodSync(join(directory, name), 0o755)
    return join(directory, name)
  }
  throw new LocalError(
    'MR_LOCAL_SERVER_DOWN',
    `There is no ready-made Redis for ${platform()} on ${arch()}. Put redis-server on the PATH, or name a server by REDIS_URL.`,
  )
}

/** A Redis on 127.0.0.1 as a child process, not started yet. */
export function redisServer(options: RedisOptions): Server {
  const dir = join(options.dir, 'redis')
  mkdirSync(dir, { recursive: true })
  const settings = {
    bind: '127.0.0.1',
    port: String(options.port),
    dir,
    // A dedup claim that Redis may drop would let a duplicate pass.
    'maxmemory-policy': 'noeviction',
    appendonly: options.isDurable ? 'yes' : 'no',
    save: '',
  }
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
  return processServer({
    name: 'Redis',
    command: options.binary,
    args,
    cwd: dir,
    logFile: join(dir, 'redis.log'),
    port: options.port,
    portVariable: options.portVariable,
    isReady: () => isRedisOf(dir, options.port),
    startDeadlineMs: 60_000,
    onCrash: options.onCrash,
  })
}

/** Whether the Redis that answers on a port of this machine works in `dir`: then it is ours. One that still loads does not answer. */
async function isRedisOf(dir: string, port: number): Promise<boolean> {
  const answer = await exchange('127.0.0.1', port, Buffer.from('CONFIG GET dir\r\n'), 1_000)
  return answer?.toString().split('\r\n').includes(realpathSync(dir)) ?? false
}

/** Whether a Redis answers on an address. One that asks for a password answers; one that still loads does not. */
export async function redisAnswers(host: string, port: number): Promise<boolean> {
  const answer = (await exchange(host, port, Buffer.from('PING\r\n'), 1_000))?.toString() ?? ''
  return answer.startsWith('+PONG') || answer.startsWith('-NOAUTH')
}
