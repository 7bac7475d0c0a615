import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { freePort, root, spawnGuarded } from '@millrace/local'
import { hasJava, hasPython, javaLibraries, nodePackages, pythonWith, waitFor } from '@millrace/test-support'

const run = promisify(execFile)
const receivers = join(root, 'docs/receivers')
const READY_MS = 60_000

/** How an example of `docs/receivers` is started: null where its language is missing. */
type Command = (dir: string, settings: Readonly<Record<string, string>>) => Promise<readonly string[] | null>

const python =
  (script: string): Command =>
  async () => {
    if (!(await hasPython())) return null
    const folder = join(receivers, 'python')
    return [await pythonWith(join(folder, 'requirements.txt')), '-B', join(folder, script)]
  }

const express: Command = async (dir) => {
  const packages = await nodePackages(join(receivers, 'express/package.json'))
  cpSync(join(receivers, 'express'), dir, { recursive: true })
  cpSync(join(packages, 'node_modules'), join(dir, 'node_modules'), { recursive: true })
  return [process.execPath, join(dir, 'receiver.js')]
}

const springBoot: Command = async (dir, { PORT, INBOX }) => {
  if (!(await hasJava())) return null
  const folder = join(receivers, 'spring-boot')
  const lib = await javaLibraries(join(folder, 'pom.xml'))
  const source = join(folder, 'src/main/java/example/Receiver.java')
  const classes = join(dir, 'classes')
  await run('javac', ['-parameters', '-cp', `${lib}/*`, '-d', classes, source])
  const database = [`--spring.datasource.url=jdbc:h2:${INBOX}`, '--spring.datasource.username=sa']
  const options = [`--server.port=${PORT}`, '--server.address=127.0.0.1', ...database]
  return ['java', '-cp', `${classes}:${lib}/*`, 'example.Receiver', ...options]
}

const php: Command = async (_dir, { PORT }) => {
  const isThere = await run('php', ['-r', 'exit(extension_loaded("pdo_sqlite") ? 0 : 1);']).then(
    () => true,
    () => false,
  )
  // PHP is no part of what CI has, and its page says that the example is untested where it is missing.
  if (!isThere) console.warn('php with pdo_sqlite is missing here, so its example was not run')
  return isThere ? ['php', '-S', `127.0.0.1:${PORT}`, join(receivers, 'php/receiver.php')] : null
}

export const exampleReceivers: Readonly<Record<string, Command>> = {
  Django: python('django_receiver.py'),
  FastAPI: python('fastapi_receiver.py'),
  Flask: python('flask_receiver.py'),
  Express: express,
  'Spring Boot': springBoot,
  PHP: php,
}

export interface RunningExample {
  /** URL to add as an endpoint. */
  readonly url: string
  /** Ends it; resolves with the ids of the webhooks in its inbox. Idempotent. */
  stop(): Promise<readonly string[]>
}

/** Starts an example as its reader would, with an inbox of its own; null where its language is missing. */
export async function startExample(name: string, secret: string): Promise<RunningExample | null> {
  const dir = mkdtempSync(join(tmpdir(), 'millrace-receiver-'))
  mkdirSync(join(dir, 'work'))
  const port = await freePort()
  const settings = { WEBHOOK_SECRET: secret, PORT: String(port), INBOX: join(dir, 'inbox') }
  const command = await exampleReceivers[name]?.(dir, settings)
  const [file, ...args] = command ?? []
  if (file === undefined) return null
  const output: string[] = []
  const child = spawnGuarded(file, args, {
    cwd: join(dir, 'work'),
    env: { ...process.env, ...settings },
    stdio: 'pipe',
  })
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => void output.push(String(chunk)))
  await waitFor(() => listens(port), {
    what: `the ${name} example to listen; it wrote: ${output.join('').slice(-2_000)}`,
    deadlineMs: READY_MS,
  })
  let stopped: Promise<readonly string[]> | undefined
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    if (child.exitCode === null && child.kill('SIGTERM')) await ended
    const ids = await idsIn(settings.INBOX)
    rmSync(dir, { recursive: true, force: true })
    return ids
  }
  return {
    url: `http://127.0.0.1:${port}/webhooks`,
    stop() {
      stopped ??= stop()
      return stopped
    },
  }
}

/** As each example leaves it: SQLite, but for Spring Boot's H2. */
async function idsIn(inbox: string): Promise<readonly string[]> {
  const query = 'SELECT id FROM webhook'
  if (existsSync(inbox)) {
    const database = new DatabaseSync(inbox, { readOnly: true })
    const ids = database.prepare(query).all()
    database.close()
    return ids.map(({ id }) => String(id))
  }
  const lib = await javaLibraries(join(receivers, 'spring-boot/pom.xml'))
  const shell = ['-cp', `${lib}/*`, 'org.h2.tools.Shell', '-url', `jdbc:h2:${inbox}`, '-user', 'sa', '-sql', query]
  const { stdout } = await run('java', shell)
  // A line of the column's name before, the count of rows after.
  return stdout
    .trim()
    .split('\n')
    .slice(1, -1)
    .map((id) => id.trim())
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
