import { runInPlace } from './run-in-place.ts'
import { commandEnv } from './running-env.ts'

await runInPlace('packages/cli/src/main.ts', commandEnv)
