import { consumerDrills } from './areas/consumers.ts'
import { deliveryDrills } from './areas/delivery.ts'
import { frontDrills } from './areas/front.ts'
import { ingressDrills } from './areas/ingress.ts'
import { platformDrills } from './areas/platform.ts'
import type { Drill } from './run-drills.ts'

/** Every drill, in the order in which they are held: what needs a quiet installation first, what leaves backlogs last. */
export const drills: readonly Drill[] = [
  ...ingressDrills,
  ...consumerDrills,
  ...deliveryDrills,
  ...frontDrills,
  ...platformDrills,
]
