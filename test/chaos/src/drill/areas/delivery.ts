import { insist } from '../../insist.ts'
import { deliveriesToRequest, standStill } from '../conditions.ts'
import type { Drill } from '../run-drills.ts'

/** Two of three tries fail: never ten in a row, so that the breaker stays shut. */
const shaky = Array.from({ length: 6_000 }, (_, nth) => (nth % 3 === 0 ? 200 : 500))

export const deliveryDrills: readonly Drill[] = [
  {
    alerts: ['MillraceDeliveryRetrySpike'],
    condition: 'a customer’s endpoint answers two of three tries with 500',
    make: async ({ customer }) => {
      customer.failWith(shaky)
      return () => customer.reset()
    },
  },
  {
    alerts: ['MillraceBreakerOpen', 'MillraceDeliverySuccessLow'],
    condition: 'a customer’s endpoint answers 500, whatever is tried',
    make: async ({ customer }) => {
      customer.always(500)
      return () => customer.reset()
    },
  },
  {
    alerts: ['MillraceDeliveryErrorBudgetBurn'],
    condition: 'what sends deliveries stands still for 75 s',
    make: async (here) => {
      const request = await deliveriesToRequest(here, 40)
      await standStill(here, 'delivery', 75_000, request)
      return () => {}
    },
  },
  {
    alerts: ['MillraceDeliveryStuck'],
    condition: 'Redis, which grants deliveries their tries, is stopped',
    make: async (here) => {
      const request = await deliveriesToRequest(here, 40)
      await here.stack.redis.stop()
      await request()
      return () => here.stack.redis.start()
    },
  },
  {
    alerts: ['MillraceEndpointDisabled'],
    condition: 'a customer’s endpoint answers 410',
    make: async ({ customer, customerId, deployment }) => {
      customer.always(410)
      return async () => {
        customer.reset()
        await insist(deployment.system, 'endpoints', 'enable', customerId)
      }
    },
  },
]
