import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: ['packages/*', 'services/*', 'test/e2e', 'test/support', 'deploy/docker', 'deploy/local'],
    passWithNoTests: true,
    // Most tests wait for servers, not for the processor; vitest's own default would leave one of two cores idle.
    maxWorkers: 2,
  },
})
