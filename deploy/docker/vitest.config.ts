import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'docker',
    include: ['test/**/*.test.ts'],
    globalSetup: ['@millrace/local/test-stack'],
    testTimeout: 90_000,
  },
})
