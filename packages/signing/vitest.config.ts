import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { name: 'signing', include: ['test/**/*.test.ts'] } })
