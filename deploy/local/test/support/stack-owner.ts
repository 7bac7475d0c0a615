// Starts a stack and says where it is; to be killed.
import { removeAtEnd } from '../../src/index.ts'
import { startStack } from '../../src/stack.ts'

const dir = process.argv[2] ?? ''
removeAtEnd(dir)
const stack = await startStack({ dir, env: { MILLRACE_STACK: 'native' } })
console.log(JSON.stringify({ pids: [stack.kafka.pid, stack.redis.pid], brokers: stack.brokers }))
setInterval(() => {}, 60_000)
