import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { runCommand } from './command.ts'
import { LocalError } from './errors.ts'
import { runningInstance } from './instance.ts'
import { localDir } from './paths.ts'

const data = join(localDir, 'data')

await runCommand(async (args) => {
  const running = runningInstance()
  if (running) {
    throw new LocalError(
      'MR_LOCAL_RUNNING',
      `Millrace runs (pid ${running.pid}): end it with Ctrl-C first, then reset.`,
    )
  }
  if (!existsSync(data)) {
    console.log('There is no data to delete.')
    return 0
  }
  if (!args.includes('--yes')) {
    if (!process.stdin.isTTY) {
      console.log('Nothing was deleted: the question needs a terminal. Without one: npm run reset -- --yes')
      return 1
    }
    if (!(await agrees())) {
      console.log('Nothing was deleted. (Answer y, or use npm run reset -- --yes)')
      return 1
    }
  }
  rmSync(data, { recursive: true })
  rmSync(join(localDir, 'logs'), { recursive: true, force: true })
  console.log('Deleted all topics, Redis data and logs of the local stack. Downloads and .local/dev.env stay.')
  return 0
})

async function agrees(): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await terminal.question(`Delete all topics and Redis data of the local stack (${data})? [y/N] `)
  terminal.close()
  return /^y(es)?$/i.test(answer.trim())
}
