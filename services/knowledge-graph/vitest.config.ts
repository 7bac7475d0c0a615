import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'knowledge-graph',
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
  },
})
