import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'mcp',
    include: ['test/**/*.test.ts'],
    globalSetup: ['@millrace/local/test-stack'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
