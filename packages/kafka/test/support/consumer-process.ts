import { join } from 'node:path'
import { spawnGuarded } from '@millrace/local'
import { waitFor } from '@millrace/test-support'
import { onTestFinished } from 'vitest'
import type { ConsumerTask } from './child/consumer.ts'

export interface ConsumerProcess {
  /** Values in the order in which it handled them. */
  handled(): readonly string[]
  /** Waits for a line that begins so. */
  said(start: string): Promise<void>
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void
}

/** A consumer in a process of its own, killed at the end of the test. */
export function startConsumer(task: ConsumerTask): ConsumerProcess {
  const child = spawnGuarded(process.execPath, [join(import.meta.dirname, 'child/consumer.ts')], {
    env: { ...process.env, CONSUMER_TASK: JSON.stringify(task), NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      text += chunk
    })
  }
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const lines = () => text.split('\n').slice(0, -1)
  return {
    handled: () => lines().flatMap((line) => (line.startsWith('handled ') ? [line.slice(8)] : [])),
    said: async (start) => {
      const find = () => lines().some((line) => line.startsWith(start))
      await waitFor(find, { what: `"${start}"` }).catch((error: Error) => {
        throw new Error(`${error.message}; it said:\n${text}`)
      })
    },
    signal: (name) => child.kill(name),
  }
}
