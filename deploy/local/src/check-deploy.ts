import { runProgram } from './run-program.ts'

await runProgram('deploy/helm/src/check.ts')
