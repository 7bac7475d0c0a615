import { adminPort, common, defineSettings } from '@millrace/service-kit'

export const settings = defineSettings({ ...common, adminPort: adminPort('knowledge-graph', 9083) })
