import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { name: 'front-client', include: ['test/**/*.test.ts'], testTimeout: 15_000 } })
