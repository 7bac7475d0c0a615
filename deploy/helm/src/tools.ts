import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { LocalError, root } from '@millrace/local'

const run = promisify(execFile)
const bin = join(root, '.local/cache/go-bin')
const MAX_OUTPUT = 64 * 1_048_576

/** What is built with Go, once for each version: that of its go.mod in `tools`, which Dependabot looks at. */
export const toolNames = ['helm', 'kubeconform', 'helm-docs'] as const
export type ToolName = (typeof toolNames)[number]

/** The program of a tool and its version, as `go install` takes them. @throws Error for a go.mod that names neither */
export function moduleOf(name: ToolName): string {
  const text = readFileSync(join(import.meta.dirname, '../tools', name, 'go.mod'), 'utf8')
  const [, program = ''] = /^tool (\S+)$/m.exec(text) ?? []
  const versions = text.matchAll(/^(?:require )?\s*(\S+) (v\d\S*)/gm)
  const found = Array.from(versions).find(([, module = '']) => program.startsWith(`${module}/`))
  if (found?.[2] === undefined) throw new Error(`tools/${name}/go.mod names no tool with a version`)
  return `${program}@${found[2]}`
}

/** Path of a tool; builds it where it is missing, which takes a minute or two. */
export async function tool(name: ToolName, say: (text: string) => void): Promise<string> {
  const module = moduleOf(name)
  const directory = join(bin, module.slice(module.lastIndexOf('@') + 1))
  const path = join(directory, name)
  if (existsSync(path)) return path
  say(`building ${name} with go install`)
  await withGo(() =>
    run('go', ['install', module], { env: { ...process.env, GOBIN: directory }, maxBuffer: MAX_OUTPUT }),
  )
  return path
}

/** Directory of a Go module's source, fetched where it is missing: the published home of schemas and CRDs. */
export async function moduleSource(module: string): Promise<string> {
  const { stdout } = await withGo(() =>
    run('go', ['mod', 'download', '-json', module], { cwd: '/', maxBuffer: MAX_OUTPUT }),
  )
  return String((JSON.parse(stdout) as { Dir: string }).Dir)
}

async function withGo<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    throw new LocalError(
      'MR_LOCAL_SETTING',
      'Checking the deployment needs Go (apt-get install golang; brew install go).',
    )
  }
}

export interface Output {
  readonly code: number
  readonly text: string
  readonly errors: string
}

/** As timeout(1) says it. */
const TIMED_OUT = 124
const LONGEST_MS = 900_000

/** Runs a program to its end, for 15 minutes at most (exit code 124 then); an exit code is an answer, not an error. */
export async function output(command: string, args: readonly string[], input?: string): Promise<Output> {
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: MAX_OUTPUT, timeout: LONGEST_MS }
    const child = execFile(command, [...args], options, (error, text, errors) => {
      if (error === null) return resolve({ code: 0, text, errors })
      if (typeof error.code === 'string') return reject(error)
      resolve({ code: error.killed ? TIMED_OUT : (error.code ?? 1), text, errors })
    })
    child.stdin?.end(input ?? '')
  })
}
