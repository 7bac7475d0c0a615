import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'cli',
    include: ['test/**/*.test.ts'],
    globalSetup: ['@millrace/local/test-stack'],
    testTimeout: 120_000,
    hookTimeout: 240_000,
  },
})
