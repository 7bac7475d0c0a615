import type { Drill } from '../run-drills.ts'

export const frontDrills: readonly Drill[] = [
  {
    alerts: ['MillraceFrontTokenRefused'],
    condition: 'Front refuses the token',
    make: async ({ deployment }) => {
      const { front } = deployment.system
      front.revoke(true)
      return () => front.revoke(false)
    },
  },
  {
    alerts: ['MillraceFrontFailing', 'MillracePollingBehind'],
    condition: 'Front’s API answers 503',
    make: async ({ deployment }) => {
      const { front } = deployment.system
      front.outage(true)
      return () => front.outage(false)
    },
  },
  {
    alerts: ['MillraceFrontBudgetExhausted'],
    condition: 'the plan pays for a few calls a minute',
    make: async ({ deployment }) => {
      const { front } = deployment.system
      front.limit(10)
      return () => front.limit(6_000)
    },
  },
]
