import { runProgram } from './run-program.ts'

await runProgram('deploy/docker/src/images.ts')
