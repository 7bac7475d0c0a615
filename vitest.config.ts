import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      'packages/*',
      'services/*',
      'services/*/web',
      'test/chaos',
      'test/e2e',
      'test/support',
      'deploy/dashboards',
      'deploy/docker',
      'deploy/local',
    ],
    passWithNoTests: true,
  },
})
