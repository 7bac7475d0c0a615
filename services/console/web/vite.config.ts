import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { compress } from './compress.ts'

export default defineConfig({
  plugins: [react(), compress()],
  build: {
    target: 'es2023',
    // The console's content security policy takes neither data: fonts nor inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    proxy: { '/api': { target: process.env.MILLRACE_CONSOLE_URL ?? 'http://127.0.0.1:8090' } },
  },
})
