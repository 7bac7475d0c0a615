import { runProgram } from './run-program.ts'

await runProgram('deploy/docker/src/check.ts')
