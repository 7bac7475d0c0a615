import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from './command.ts'
import { LocalError } from './errors.ts'
import { root } from './paths.ts'
import { runToItsEnd } from './run-program.ts'

/**
 * Runs `test/<kind>/src/NAME.ts` as a program of its own, which starts its own stack (`startStack` of @millrace/local),
 * tells its progress and result by `startReport`, and sets the exit code. Without a name it lists what there is.
 */
export async function runScript(kind: 'bench' | 'chaos'): Promise<never> {
  return runCommand(async ([name, ...args]) => {
    const directory = join(root, 'test', kind, 'src')
    const names = scriptNames(directory)
    if (!name) {
      const width = Math.max(0, ...names.map(({ length }) => length))
      const lines = names.map((each) => `  ${each.padEnd(width)}  ${purposeOf(join(directory, `${each}.ts`))}\n`)
      console.log(`npm run ${kind} -- NAME, where NAME is one of:\n${lines.join('')}`)
      return 0
    }
    if (!names.includes(name)) {
      throw new LocalError(
        'MR_LOCAL_SETTING',
        `There is no ${kind} "${name}". There are: ${names.join(', ') || 'none yet'}.`,
      )
    }
    // What a person has in .env or runs by npm start must not be measured, or killed, by mistake.
    return runToItsEnd(join('test', kind, 'src', `${name}.ts`), args, { isAlone: true })
  })
}

/** The comment that a script begins with, on one line. */
function purposeOf(file: string): string {
  const lines = readFileSync(file, 'utf8').split('\n')
  const end = lines.findIndex((line) => !line.startsWith('//'))
  return lines
    .slice(0, end)
    .map((line) => line.slice(2).trim())
    .join(' ')
}

/** A file right in `src` that begins a report is a script; the others are parts of these. */
function scriptNames(directory: string): string[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .filter(({ name }) => readFileSync(join(directory, name), 'utf8').includes('startReport('))
    .map(({ name }) => name.slice(0, -3))
    .sort()
}
