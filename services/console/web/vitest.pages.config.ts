import { defineConfig } from 'vitest/config'

/** The pages in a real browser, by `npm run test:pages`: it needs a Chromium, which `npm test` does not ask of a machine. */
export default defineConfig({
  test: {
    name: 'console-pages',
    include: ['test/pages.test.ts'],
    globalSetup: ['@millrace/local/test-stack'],
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
})
