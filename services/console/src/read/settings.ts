import { list, webhookSettings } from '@millrace/service-kit'

const local = {
  gateway: 9080,
  dedup: 9081,
  'conversation-refresh': 9082,
  'knowledge-graph': 9083,
  delivery: 9084,
  poller: 9085,
}

/** What the console takes in order to show more than its ledger. */
export const readingSettings = {
  services: list(
    'CONSOLE_SERVICES',
    Object.entries(local).map(([name, port]) => `${name}=http://127.0.0.1:${port}`),
    'Admin servers whose `/readyz` the overview shows, as `name=URL`, separated by commas; several of one name are its replicas.',
    { pattern: /^[a-z][a-z0-9-]{0,62}=https?:\/\/[^\s,@]+$/, takes: 'name=URL, or several separated by commas' },
  ),
  webhookBaseUrl: webhookSettings.webhookBaseUrl,
} as const
