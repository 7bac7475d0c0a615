import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** A program of which a line fails while it is loaded, as the checks' do. */
function run(line: string) {
  const program = `import { parseArgs } from 'node:util'
    import { LocalError } from ${JSON.stringify(join(import.meta.dirname, '../src/errors.ts'))}
    import { tellErrors } from ${JSON.stringify(join(import.meta.dirname, '../src/tell-errors.ts'))}
    tellErrors()
    ${line}`
  return spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' })
}

test.for([
  ["parseArgs({ args: ['--help'], options: {} })", "Unknown option '--help'"],
  [
    "await Promise.reject(new LocalError('MR_LOCAL_SETTING', 'It needs a Docker engine.'))",
    'It needs a Docker engine.',
  ],
] as const)('%s ends with the message alone', ([line, message]) => {
  const { status, stderr } = run(line)
  expect(stderr).toBe(`${message}\n`)
  expect(status).toBe(1)
})

test('a bug keeps its stack', () => {
  const { status, stderr } = run("throw new TypeError('a bug')")
  expect(stderr).toMatch(/a bug\n\s+at /)
  expect(status).toBe(1)
})
