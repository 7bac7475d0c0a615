import { runProgram } from './run-program.ts'

await runProgram('deploy/dashboards/src/check-signals.main.ts', { isAlone: true })
