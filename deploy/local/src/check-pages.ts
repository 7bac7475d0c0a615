import { runProgram } from './run-program.ts'

await runProgram('services/console/web/screenshots/check.main.ts', { isAlone: true })
