import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'kafka',
    include: ['test/**/*.test.ts'],
    globalSetup: ['@millrace/local/test-stack'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Sessions and timeouts are of seconds: more files at once on a small machine make members miss them.
    maxWorkers: 2,
  },
})
