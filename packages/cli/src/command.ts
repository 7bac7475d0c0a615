import type { ParseArgsConfig } from 'node:util'
import { parseArgs } from 'node:util'
import { CliError } from './errors.ts'

/** Where a command writes and what ends it. */
export interface Terminal {
  /** Writes one line to stdout. */
  line(text: string): void
  /** Writes one line to stderr: what is no result. */
  note(text: string): void
  /** Asks on a terminal and resolves with the line that was typed; absent where nobody can be asked. */
  readonly ask?: ((question: string) => Promise<string>) | undefined
  /** Shows a line that the next one replaces, on a terminal alone; the empty line takes it away. */
  readonly progress?: ((text: string) => void) | undefined
  /** Resolves when stdout takes more; for commands that may write much. */
  drained(): Promise<void>
  /** Whether a person reads stdout; else it is a pipe or a file. */
  readonly isInteractive: boolean
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal
}

interface Option {
  /** `list`: may be given several times. */
  readonly type: 'string' | 'boolean' | 'list'
  /** Stands for the value in the help: `--count N`. */
  readonly value?: string
  readonly doc: string
}

export type Options = Readonly<Record<string, Option>>

type OptionValues<O extends Options> = {
  readonly [K in keyof O]?: O[K]['type'] extends 'boolean'
    ? boolean
    : O[K]['type'] extends 'list'
      ? readonly string[]
      : string
}

export interface Command<O extends Options = Options> {
  /** As it is typed: `topics create`. */
  readonly name: string
  /** Names of the positional arguments; required but for those in brackets; the last may end with `...` and then takes one or more. */
  readonly takes: readonly string[]
  readonly summary: string
  /** Further lines of its help: values, examples. */
  readonly details?: string
  readonly options: O
  /** @returns the exit code */
  run(call: Call<O>, terminal: Terminal): Promise<number>
}

export interface Call<O extends Options> {
  readonly args: readonly string[]
  readonly options: OptionValues<O>
}

/** A command whose options are typed by its own definition. */
export function command<const O extends Options>(definition: Command<O>): Command {
  return definition as unknown as Command
}

/**
 * Splits a command's own arguments.
 * @throws CliError `MR_CLI_USAGE` for an unknown option, a missing value, too few or too many arguments
 */
export function readCall(definition: Command, argv: readonly string[]): Call<Options> {
  const { values, positionals } = parse(definition, argv)
  const { takes, name } = definition
  const missing = takes[positionals.length]
  if (missing !== undefined && !missing.startsWith('[')) throw usage(`${name} needs ${missing}`, name)
  const extra = takes.at(-1)?.endsWith('...') ? undefined : positionals[takes.length]
  if (extra !== undefined) throw usage(`${name} does not take "${extra}"`, name)
  return { args: positionals, options: values as OptionValues<Options> }
}

function parse({ name, options }: Command, argv: readonly string[]) {
  const known = Object.fromEntries(
    Object.entries(options).map(([option, { type }]) => [
      option,
      type === 'list' ? { type: 'string' as const, multiple: true } : { type },
    ]),
  )
  const config = { args: [...argv], options: known, allowPositionals: true, strict: true } satisfies ParseArgsConfig
  try {
    return parseArgs(config)
  } catch (error) {
    // Its first sentence says what is wrong; the rest explains how to pass dashes.
    throw usage((error as Error).message.split(/\.( |$)/, 1)[0] ?? '', name)
  }
}

/** A mistake in the command line, with where to read on. */
export function usage(problem: string, name = ''): CliError {
  return new CliError('MR_CLI_USAGE', `${problem} (millrace ${name}${name ? ' ' : ''}--help tells more)`)
}
