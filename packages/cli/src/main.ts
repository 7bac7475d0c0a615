import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import type { Terminal } from './command.ts'
import { runCli } from './run.ts'

const interrupt = new AbortController()
/** Commands that go on until they are stopped end by themselves within this time; any other is given up. */
const STOP_WITHIN_MS = 2_500

const stop = () => {
  interrupt.abort()
  setTimeout(() => process.exit(130), STOP_WITHIN_MS).unref()
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)

const isInteractive = process.stdout.isTTY === true

const ask = async (question: string): Promise<string> => {
  const reader = createInterface({ input: process.stdin, output: process.stdout })
  // In this mode Ctrl-C comes to the reader, not to the process.
  reader.once('SIGINT', stop)
  try {
    return await reader.question(question, { signal: interrupt.signal })
  } finally {
    reader.close()
  }
}

const terminal: Terminal = {
  line: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
  drained: async () => {
    if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain')
  },
  ...(isInteractive && process.stdin.isTTY ? { ask } : {}),
  ...(isInteractive ? { progress: (text: string) => void process.stdout.write(`\r\x1b[K${text}`) } : {}),
  isInteractive,
  signal: interrupt.signal,
}

// `millrace tail … | head` closes our stdout; that is an end, not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

const code = await runCli(process.argv.slice(2), terminal)
// kafkajs may hold sockets for a moment longer; all that was written goes out first.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
