import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      'packages/*',
      'services/*',
      'services/*/web',
      'test/e2e',
      'test/support',
      'deploy/docker',
      'deploy/local',
    ],
    passWithNoTests: true,
  },
})
