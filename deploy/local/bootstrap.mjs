// Entry of every root npm script. Plain JavaScript without dependencies, because it runs on whatever Node >= 20 there is:
// gets pnpm, lets it install the workspace (which brings Node 24), then runs the command with that Node 24.
// Everything it says goes to stderr, so that the output of a command can be piped.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(fileURLToPath(import.meta.url), '../../..')
const tools = join(root, '.local/tools')
const logFile = join(root, '.local/logs/bootstrap.log')
const installedMark = join(root, 'node_modules/.millrace-installed')
const node24 = join(root, 'node_modules/node/bin/node')
const pnpm = join(tools, 'node_modules/pnpm/bin/pnpm.cjs')
const pnpmVersion = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager.split('@')[1]
// These change what is installed, so they cannot wait for an install that matches the lockfile.
const pnpmInstalls = ['install', 'i', 'add', 'remove', 'rm', 'update', 'up', 'dedupe', 'patch-commit', 'patch-remove']

class Failure extends Error {}

async function main([command, ...args]) {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new Failure(
      `Node ${process.versions.node} is too old: install Node 20 or newer (https://nodejs.org), then run this again.`,
    )
  }
  const isInstall = command === 'pnpm' && pnpmInstalls.includes(args[0])
  if (!hasPnpm() || !(isInstall || isInstalled())) await withLock(() => prepare(isInstall))
  if (command === 'pnpm') return runPnpm(args, isInstall)
  const watchParent = join(root, 'deploy/local/src/watch-parent.ts')
  return run(node24, ['--import', watchParent, join(root, `deploy/local/src/${command}.ts`), ...args])
}

async function runPnpm(args, isInstall) {
  const code = await run(existsSync(node24) ? node24 : process.execPath, [pnpm, ...args])
  if (isInstall && code === 0 && existsSync(node24)) writeFileSync(installedMark, wanted())
  return code
}

async function prepare(isInstall) {
  if (!hasPnpm()) await getPnpm()
  if (!isInstall && !isInstalled()) await install()
}

function hasPnpm() {
  try {
    return JSON.parse(readFileSync(join(pnpm, '../../package.json'), 'utf8')).version === pnpmVersion
  } catch {
    return false
  }
}

function wanted() {
  const lock = readFileSync(join(root, 'pnpm-lock.yaml'))
  return `${createHash('sha256').update(lock).digest('hex')} pnpm@${pnpmVersion} ${process.platform}-${process.arch}`
}

function isInstalled() {
  try {
    return readFileSync(installedMark, 'utf8') === wanted() && existsSync(node24)
  } catch {
    return false
  }
}

async function getPnpm() {
  mkdirSync(tools, { recursive: true })
  const args = ['install', '--prefix', tools, '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  const retries = [
    '--fetch-retries=2',
    '--fetch-retry-factor=3',
    '--fetch-retry-mintimeout=1000',
    '--fetch-timeout=60000',
  ]
  const step = { text: `Getting pnpm ${pnpmVersion}`, again: 'rm -rf .local/tools' }
  await runStep(step, 'npm', [...args, ...retries, `pnpm@${pnpmVersion}`])
  if (!hasPnpm())
    throw new Failure(
      `npm reported success, but pnpm ${pnpmVersion} is not in .local/tools. Delete .local/tools and run this again.`,
    )
}

async function install() {
  const args = ['install', '--frozen-lockfile', '--reporter=append-only', '--config.confirm-modules-purge=false']
  // `npm -s` hands its silence on by a variable; a failure must be told all the same.
  args.push('--loglevel=info')
  const retries = [
    '--config.fetch-retry-factor=3',
    '--config.fetch-retry-mintimeout=1000',
    '--config.fetch-timeout=60000',
  ]
  const before = wanted()
  const step = { text: 'Installing dependencies and Node 24', again: 'rm -rf node_modules' }
  await runStep(step, process.execPath, [pnpm, ...args, ...retries])
  if (!existsSync(node24)) {
    throw new Failure(
      `The install ended well, but Node 24 is not in node_modules. Delete node_modules and run this again; the log is ${logFile}.`,
    )
  }
  writeFileSync(installedMark, before)
}

/** Runs one step silently, with a counting line; throws a Failure that names the reason when it fails. */
async function runStep({ text, again }, command, args) {
  mkdirSync(join(logFile, '..'), { recursive: true })
  let detail = ''
  const done = showProgress(text, () => detail)
  const { code, output } = await collect(command, args, (chunk) => {
    appendFileSync(logFile, chunk)
    const found = [...chunk.matchAll(/Progress: resolved (\d+), reused (\d+), downloaded (\d+)/g)].at(-1)
    if (found) detail = `, ${Number(found[2]) + Number(found[3])} of ${found[1]} packages`
  })
  done(code === 0)
  if (code !== 0) throw new Failure(explain(text, again, output))
}

function collect(command, args, onChunk) {
  return new Promise((settle) => {
    const child = spawn(command, args, { cwd: root, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const keep = (chunk) => {
      output = (output + chunk).slice(-20_000)
      onChunk(String(chunk))
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', (error) => settle({ code: 1, output: String(error) }))
    child.once('close', (code) => settle({ code, output }))
  })
}

function explain(text, again, output) {
  const lines = output.split('\n')
  const said = lines.find((line) => /ERR_PNPM|npm error|npm ERR!|Error:/.test(line))?.trim() ?? lines.at(-2) ?? ''
  const advice = /OUTDATED_LOCKFILE/.test(output)
    ? 'pnpm-lock.yaml does not fit the package.json files: run `npm run pnpm -- install`, then this again.'
    : /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|FETCH_ERROR|network/i.test(output)
      ? 'The package registry cannot be reached: check the network, a proxy, and `npm config get registry`, then run this again.'
      : /EINTEGRITY|TARBALL|CHECKSUM|BAD_ARCHIVE|Z_DATA_ERROR|unexpected end of file/i.test(output)
        ? `A download arrived broken: run this again; if it happens again, \`${again}\` first.`
        : 'Run this again once the reason below is gone.'
  return `${text} failed. ${advice}\n  ${said.slice(0, 400)}\n  The whole output is in ${logFile}`
}

function showProgress(text, detail) {
  const began = Date.now()
  const seconds = () => Math.round((Date.now() - began) / 1000)
  const isTerminal = process.stderr.isTTY
  const show = () => {
    const line = `${text} … ${seconds()} s${detail()}`
    process.stderr.write(isTerminal ? `\r\x1b[2K${line}` : `${line}\n`)
  }
  show()
  const timer = setInterval(show, isTerminal ? 1_000 : 10_000)
  return (isDone) => {
    clearInterval(timer)
    const took = `${isDone ? '' : 'failed after '}${((Date.now() - began) / 1000).toFixed(1)} s`
    process.stderr.write(`${isTerminal ? '\r\x1b[2K' : ''}${text}: ${took}${detail()}\n`)
  }
}

/** One bootstrap at a time in a checkout: a second one waits until the first has ended, then finds its work done. */
async function withLock(work) {
  const lock = join(root, '.local/bootstrap.lock')
  mkdirSync(join(root, '.local'), { recursive: true })
  for (let told = false; !takeLock(lock); told = true) {
    if (!told) process.stderr.write(`Waiting for another command that installs (if there is none, delete ${lock}) …\n`)
    await new Promise((wake) => setTimeout(wake, 500))
  }
  const release = () => rmSync(lock, { force: true })
  process.once('exit', release)
  try {
    await work()
  } finally {
    release()
  }
}

function takeLock(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    dropStaleLock(lock)
    return false
  }
}

function dropStaleLock(lock) {
  try {
    const holder = Number(readFileSync(lock, 'utf8'))
    if (holder > 0) process.kill(holder, 0)
  } catch (error) {
    if (error.code === 'ESRCH') rmSync(lock, { force: true })
  }
}

function environment() {
  const path = [join(root, 'node_modules/node/bin'), join(tools, 'node_modules/.bin'), join(root, 'node_modules/.bin')]
  return {
    // Every command starts services: what Node compiled once is not compiled again, which halves the start of each.
    NODE_COMPILE_CACHE: join(root, '.local/cache/compiled'),
    ...process.env,
    PATH: [...path, process.env.PATH].join(delimiter),
    TURBO_TELEMETRY_DISABLED: '1',
  }
}

/**
 * Runs the command in the foreground; resolves to its exit code. The fourth pipe carries nothing: it closes when this
 * process is killed, and the command ends itself then (src/watch-parent.ts).
 */
function run(command, args) {
  return new Promise((settle, reject) => {
    const env = { ...environment(), MILLRACE_PARENT_FD: '3' }
    const child = spawn(command, args, { cwd: root, env, stdio: ['inherit', 'inherit', 'inherit', 'pipe'] })
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
    endWithNpm(() => child.kill('SIGTERM'))
    child.once('error', reject)
    child.once('exit', (code, signal) => settle(code ?? 128 + constants.signals[signal]))
  })
}

/**
 * npm passes signals on, but a killed npm cannot: then this process, or a shell between npm and it, is given another
 * parent.
 */
function endWithNpm(end) {
  const line = lineToNpm()
  if (!process.env.npm_lifecycle_event || line === '') return
  setInterval(() => lineToNpm() !== line && end(), 1_000).unref()
}

/** The process ids from our parent up to npm. Empty without npm; where there is no /proc to tell more, our parent's alone. */
function lineToNpm() {
  const line = []
  for (let pid = process.ppid; pid > 1 && line.length < 6; pid = parentOf(pid)) {
    line.push(pid)
    if (isNpm(pid)) break
  }
  return line.join(' ')
}

function parentOf(pid) {
  const stat = fromProc(pid, 'stat')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0)
}

function isNpm(pid) {
  const [program = '', script = ''] = fromProc(pid, 'cmdline').split('\0')
  return /^npm\b/.test(program) || /\bnpm(-cli\.js)?$/.test(script)
}

function fromProc(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return ''
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Failure ? error.message : error.stack}\n`)
  process.exitCode = 1
}
process.exit()
