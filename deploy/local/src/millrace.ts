import { runInPlace } from './run-in-place.ts'
import { runningEnv } from './running-env.ts'

await runInPlace('packages/cli/src/main.ts', () => runningEnv().env)
