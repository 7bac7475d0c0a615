import '@fontsource-variable/atkinson-hyperlegible-next/wght.css'
import '@fontsource-variable/atkinson-hyperlegible-mono/wght.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/shell.css'
import './styles/parts.css'
import './styles/table.css'
import './styles/event.css'
import './styles/overview.css'
import './styles/pages.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import { createQueryClient } from './app/query-client.ts'
import { applyTheme } from './app/theme.ts'
import { ZoneProvider } from './app/time-zone.tsx'
import { ToastProvider } from './ui/toast.tsx'

applyTheme()
const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={createQueryClient()}>
      <ZoneProvider>
        <ToastProvider>
          <App />
        </ToastProvider>
      </ZoneProvider>
    </QueryClientProvider>
  </StrictMode>,
)
