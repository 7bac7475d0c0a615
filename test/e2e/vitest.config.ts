import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'e2e',
    include: ['test/**/*.test.ts'],
    globalSetup: ['@millrace/local/test-stack'],
    testTimeout: 180_000,
    hookTimeout: 240_000,
  },
})
