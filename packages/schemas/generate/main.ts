import { writeFileSync } from 'node:fs'
import { releasedModule } from './generated-files.ts'

writeFileSync(new URL('../src/released.ts', import.meta.url), releasedModule())
