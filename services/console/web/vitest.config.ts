import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'console-web',
    include: ['test/**/*.test.ts'],
    globalSetup: ['@millrace/local/test-stack', './test/support/tell-what-did-not-run.ts'],
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
})
