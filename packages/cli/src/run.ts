import { OperationsError } from '@millrace/operations'
import { ServiceKitError } from '@millrace/service-kit'
import { type Command, readCall, type Terminal, usage } from './command.ts'
import { commands } from './commands.ts'
import { CliError } from './errors.ts'
import { commandHelp, overview } from './help.ts'

/** Runs what was typed after `millrace`. Never throws. @returns the exit code */
export async function runCli(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await dispatch(argv, terminal)
  } catch (error) {
    if (terminal.signal.aborted) return 130
    terminal.note(`millrace: ${messageOf(error)}`)
    return exitCodeOf(error)
  }
}

/** What was typed wrongly ends with 2, as everywhere. */
function exitCodeOf(error: unknown): number {
  if (error instanceof OperationsError) return error.code === 'MR_OPERATIONS_INPUT' ? 2 : 1
  return error instanceof CliError ? error.exitCode : 1
}

async function dispatch(argv: readonly string[], terminal: Terminal): Promise<number> {
  const wantsHelp = argv.some((word) => word === '--help' || word === '-h') || argv[0] === 'help' || argv.length === 0
  const words = argv.filter((word) => !word.startsWith('-') && word !== 'help')
  const found = findCommand(words)
  if (wantsHelp) {
    terminal.line(helpFor(words, found))
    return 0
  }
  if (found === undefined) throw usage(unknown(words))
  const rest = withoutName(argv, found.name.split(' '))
  return found.run(readCall(found, rest), terminal)
}

/** A word that begins several commands may be a command too: then it shows its own help and theirs. */
function helpFor(words: readonly string[], found: Command | undefined): string {
  const [first = ''] = words
  const isGroup = words.length === 1 && commands.some(({ name }) => name.startsWith(`${first} `))
  const own = found === undefined ? [] : [commandHelp(found)]
  if (found !== undefined && !isGroup) return own.join('')
  return [...own, overview(commands, isGroup ? first : '')].join('\n\n')
}

/** The command with the longest name that the words begin with. */
function findCommand(words: readonly string[]): Command | undefined {
  return commands
    .filter(({ name }) => name.split(' ').every((part, place) => words[place] === part))
    .sort((a, b) => b.name.length - a.name.length)[0]
}

function withoutName(argv: readonly string[], name: readonly string[]): string[] {
  const rest = [...argv]
  for (const part of name) rest.splice(rest.indexOf(part), 1)
  return rest
}

function unknown([first = '']: readonly string[]): string {
  const below = commands.filter(({ name }) => name.startsWith(`${first} `))
  if (below.length === 0) return first === '' ? 'which command?' : `unknown command "${first}"`
  return `${first} what? ${below.map(({ name }) => name).join(', ')}`
}

/** One line for people; only an error that nobody expected shows where it came from. */
function messageOf(error: unknown): string {
  if (error instanceof CliError || error instanceof ServiceKitError || error instanceof OperationsError)
    return error.message
  if (!(error instanceof Error)) return String(error)
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? `${error.message} (${code})` : (error.stack ?? error.message)
}
