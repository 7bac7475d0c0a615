import { defineConfig } from 'vitest/config'

export default defineConfig({
  // The writer of the bill of materials makes a console of its own, which vitest's has no class for.
  test: {
    name: 'docker',
    include: ['test/**/*.test.ts'],
    disableConsoleIntercept: true,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
