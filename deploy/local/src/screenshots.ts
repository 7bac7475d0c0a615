import { runProgram } from './run-program.ts'

await runProgram('services/console/web/screenshots/take.main.ts', { isAlone: true })
