import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Version in the package.json nearest to the program's main file; `0.0.0` when there is none, as in a bundle without one. */
export function programVersion(mainFile = process.argv[1] ?? ''): string {
  for (let at = dirname(mainFile); ; at = dirname(at)) {
    const path = join(at, 'package.json')
    if (existsSync(path)) return (JSON.parse(readFileSync(path, 'utf8')) as { version?: string }).version ?? '0.0.0'
    if (dirname(at) === at) return '0.0.0'
  }
}
