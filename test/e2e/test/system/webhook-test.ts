import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { freshSamples } from '@millrace/test-support'
import { describe, expect, test } from 'vitest'
import type { TestSystem, UseSystem } from '../support/test-system.ts'

const root = resolve(import.meta.dirname, '../../../..')
const run = promisify(execFile)

export function webhookTest(use: UseSystem): void {
  describe('npm run test:webhooks', () => {
    test('lists sources, subscribes, sends every sample, reports, and leaves no subscription behind', async () => {
      const out = await testWebhooks(use(), use().front.url)
      const sent = out.split('\n').filter((line) => line.startsWith('  ✓ 200'))
      expect(sent).toHaveLength(freshSamples().length)
      expect(out).toMatch(/ {2}front +\S*\/api\/webhooks\/front/)
      expect(out).toMatch(/made wbh_\w+: app webhook; its challenge was answered/)
      expect(out).toContain(`${freshSamples().length} passed, 0 failed`)
      expect(out.match(/deleted wbh_/g)).toHaveLength(2)
      expect(use().front.webhooks.list()).toEqual([])
    })

    test('with a real account it prints what a person does in Front, and makes nothing', async () => {
      const out = await testWebhooks(use(), 'https://api2.frontapp.com')
      expect(out).toContain("Front's public API makes no webhooks")
      expect(out).toContain('millrace -- connect front')
      expect(out).not.toContain('made wbh_')
    })
  })
}

async function testWebhooks(system: TestSystem, frontUrl: string): Promise<string> {
  const { PATH = '', HOME = '' } = process.env
  const env = {
    PATH,
    HOME,
    MILLRACE_GATEWAY_URL: system.gatewayUrl,
    WEBHOOK_SECRET: system.webhookSecret,
    MAKE_COM_WEBHOOK_SECRET: system.makeSecret,
    GATEWAY_STATUS_TOKEN: system.statusToken,
    FRONT_API_BASE_URL: frontUrl,
    FRONT_API_CALLS_PER_MINUTE: '6000',
  }
  const script = join(root, 'test/e2e/src/test-webhooks.main.ts')
  const { stdout } = await run(join(root, 'node_modules/node/bin/node'), [script], { cwd: tmpdir(), env })
  return stdout
}
