import { join } from 'node:path'
import { spawnGuarded } from '@millrace/local'
import { waitFor } from '@millrace/test-support'
import { onTestFinished } from 'vitest'
import type { MemberTask } from './child/member.ts'

export interface MemberProcess {
  /** Lines it has written. */
  lines(): readonly string[]
  /** Waits for a line that begins so. */
  said(start: string, deadlineMs?: number): Promise<string>
  /** Lets it go on after it stopped itself. */
  goOn(): void
  /** SIGKILL. */
  kill(): void
}

/** A member in a process of its own, killed at the end of the test. */
export function startMember(task: MemberTask): MemberProcess {
  const child = spawnGuarded(process.execPath, [join(import.meta.dirname, 'child/member.ts')], {
    env: { ...process.env, MEMBER_TASK: JSON.stringify(task), NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  child.stdout?.on('data', (chunk) => {
    text += chunk
  })
  child.stderr?.on('data', (chunk) => {
    text += chunk
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const lines = () => text.split('\n').slice(0, -1)
  return {
    lines,
    said: async (start, deadlineMs = 60_000) => {
      const find = () => lines().find((each) => each.startsWith(start))
      try {
        return await waitFor(find, { what: `"${start}" from the member`, deadlineMs })
      } catch (error) {
        throw new Error(`${(error as Error).message}; it said:\n${text}`)
      }
    },
    goOn: () => child.kill('SIGCONT'),
    kill: () => child.kill('SIGKILL'),
  }
}
