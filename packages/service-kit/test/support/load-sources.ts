import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { loadSources } from '../../src/sources-file.ts'

const directory = mkdtempSync(join(tmpdir(), 'millrace-sources-'))

/** The sources of a file with this text. */
export function load(yaml: string, variables: Record<string, string> = {}) {
  const path = join(directory, 'sources.yaml')
  writeFileSync(path, yaml)
  return loadSources(path, { variables })
}

/** What is wrong with it, line by line. */
export async function problems(yaml: string, variables?: Record<string, string>): Promise<string[]> {
  const error = await load(yaml, variables).catch((error: unknown) => error)
  expect(error).toMatchObject({ code: 'MR_SOURCES_INVALID' })
  return (error as Error).message
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
}

/** Everything that a file may say of an account and a source, but for what has tests of its own. */
export const full = `
accounts:
  - name: acme
    tenant: north
    api_token: \${ACME_TOKEN}
    base_url: https://api2.frontapp.com/
    calls_per_minute: 100
sources:
  - name: front-support
    tenant: north
    account: acme
    provider: front
    schemes: [app, rule]
    secrets:
      - { id: new, secret: "\${NEW}" }
      - { id: old, secret: "x\${OLD}y", schemes: [rule] }
    tolerance_ms: 60000
  - name: tasks
    tenant: north
    account: acme
    provider: make
    path: /api/webhook/make.com/tasks
    secrets: [{ secret: "$\${plain" }]
    event_id_field: header:idempotency-key
    synchronous: true
    max_body_bytes: 2048
    rate_limit_per_minute: 10
`
export const variables = { ACME_TOKEN: 'token', NEW: 'new', OLD: 'old' }
