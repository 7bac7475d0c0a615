import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseEnv } from 'node:util'

/** The variables a process was started with, and those of its `.env` file, which only fill gaps. */
export interface Environment {
  readonly variables: NodeJS.ProcessEnv
  readonly file?: { readonly path: string; readonly variables: NodeJS.Dict<string> } | undefined
}

/** Where a setting's text came from: `environment`, or the path of the file it was read from. */
export interface Given {
  readonly text: string
  readonly origin: string
}

/**
 * Reads the `.env` file of the working directory, else the one beside the nearest `pnpm-workspace.yaml` above it, because `pnpm --filter`
 * runs a service in its own folder. `MILLRACE_ENV_FILE` names another; empty means none.
 */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env, directory = process.cwd()): Environment {
  const path = variables.MILLRACE_ENV_FILE ?? findEnvFile(directory)
  if (path === undefined || path === '') return { variables }
  const file = resolve(directory, path)
  return { variables, file: { path: file, variables: parseEnv(readFileSync(file, 'utf8')) } }
}

/** Lets libraries that read process.env themselves (OpenTelemetry) see the `.env` file too; what is set stays. */
export function applyEnvFile({ variables, file }: Environment): void {
  for (const [name, value] of Object.entries(file?.variables ?? {})) variables[name] ??= value
}

/** The text of one variable; one that is set in the process, even to nothing, hides the file's. Empty counts as not given. */
export function lookUp({ variables, file }: Environment, name: string): Given | undefined {
  const text = variables[name]
  if (text !== undefined) return text.trim() === '' ? undefined : { text, origin: 'environment' }
  const fromFile = file?.variables[name]
  return file === undefined || fromFile === undefined || fromFile.trim() === ''
    ? undefined
    : { text: fromFile, origin: file.path }
}

/** A secret from the file that `NAME_FILE` names, without the one newline that editors put at the end. */
export function readSecretFile(path: string): Given {
  return { text: readFileSync(path, 'utf8').replace(/\r?\n$/, ''), origin: path }
}

function findEnvFile(directory: string): string | undefined {
  const here = join(directory, '.env')
  if (existsSync(here)) return here
  for (let at = directory; ; at = dirname(at)) {
    if (existsSync(join(at, 'pnpm-workspace.yaml'))) {
      const root = join(at, '.env')
      return existsSync(root) ? root : undefined
    }
    if (dirname(at) === at) return undefined
  }
}
