import { adminPort, common, defineSettings, duration, integer, sourceSettings } from '@millrace/service-kit'

export const settings = defineSettings({
  ...common,
  ...sourceSettings,
  adminPort: adminPort('conversation-refresh', 9082),
  concurrency: integer('REFRESH_CONCURRENCY', 4, 'Conversations that are read from the Front API at the same time.', {
    min: 1,
    max: 64,
  }),
  messages: integer('REFRESH_MESSAGES', 20, 'Latest messages of a conversation that its snapshot lists.', {
    min: 1,
    max: 100,
  }),
  callTimeoutMs: duration('REFRESH_CALL_TIMEOUT_MS', 10_000, 'Longest time for one call of the Front API.', {
    min: 500,
    max: 60_000,
  }),
})
