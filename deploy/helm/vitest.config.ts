import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { name: 'helm', include: ['test/**/*.test.ts'] } })
