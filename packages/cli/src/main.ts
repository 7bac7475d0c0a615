import type { Terminal } from './command.ts'
import { runCli } from './run.ts'

const interrupt = new AbortController()
process.once('SIGINT', () => interrupt.abort())
process.once('SIGTERM', () => interrupt.abort())

const terminal: Terminal = {
  line: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
  isInteractive: process.stdout.isTTY === true,
  signal: interrupt.signal,
}

// `millrace tail … | head` closes our stdout; that is an end, not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

const code = await runCli(process.argv.slice(2), terminal)
// kafkajs may hold sockets for a moment longer; all that was written goes out first.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
