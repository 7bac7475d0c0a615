import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'console',
    include: ['test/**/*.test.ts'],
    globalSetup: ['@millrace/local/test-stack', './test/support/postgres-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
})
