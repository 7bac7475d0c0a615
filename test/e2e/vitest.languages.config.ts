import { defineConfig } from 'vitest/config'

/** The examples of the docs in other languages, run for real by `npm run check:languages`: getting their libraries takes a minute. */
export default defineConfig({
  test: {
    name: 'languages',
    include: ['languages/**/*.test.ts'],
    globalSetup: ['@millrace/local/test-stack'],
    testTimeout: 60_000,
  },
})
