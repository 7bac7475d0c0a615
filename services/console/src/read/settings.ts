import { readinessSettings, webhookSettings } from '@millrace/service-kit'

/** What the console takes in order to show more than its ledger. */
export const readingSettings = {
  ...readinessSettings,
  webhookBaseUrl: webhookSettings.webhookBaseUrl,
} as const
