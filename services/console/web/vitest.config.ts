import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    name: 'console-web',
    include: ['test/**/*.test.ts'],
    exclude: ['test/pages.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
