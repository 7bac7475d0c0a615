import { adminPort, common, defineSettings, sourceSettings } from '@millrace/service-kit'

export const settings = defineSettings({
  ...common,
  ...sourceSettings,
  adminPort: adminPort('poller', 9085),
})
