import { defineRoutes } from '../access/define-routes.ts'
import { settingList } from '../read/schemas/index.ts'
import { showSettings } from '../read/show-settings.ts'

export const settingsRoutes = defineRoutes((app, deps) => {
  app.get(
    '/settings',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'listSettings',
        summary: 'The settings that the console runs with; secrets are masked',
        tags: ['settings'],
        response: { 200: settingList },
      },
    },
    async () => ({ version: deps.reading.version, items: showSettings() }),
  )
})
