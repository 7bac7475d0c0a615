import type { Delivery, Endpoint } from '@millrace/schemas'
import type { ServiceContext } from '@millrace/service-kit'
import { errorClasses, type TryErrorCode } from './error-classes.ts'

type Meter = ServiceContext<unknown>['meter']

/**
 * Who a delivery's time belongs to:
 * - `healthy`: the endpoint never failed it and asked for no delay, so all of it is ours
 * - `limited`: it waited for a limit, for its order, or for what its event lacked
 * - `failing`: the endpoint failed it, or its breaker was open
 */
export type TimeClass = 'healthy' | 'limited' | 'failing'
/** `dropped`: nobody wanted it any more. */
export type End = 'delivered' | 'failed' | 'dropped'

/** Tells of a delivery that has come to its end. */
export type ReportEnd = (
  delivery: Pick<Delivery, 'attempts' | 'waiting_for' | 'preview' | 'requested_at' | 'run_id'>,
  end: { readonly outcome: End; readonly kind: Endpoint['kind'] | undefined; readonly errorCode: TryErrorCode | null },
) => void

/** Whose time it was, by what the delivery waited for and how its last try ended. */
export function timeClassOf(
  { attempts, waiting_for, preview }: Pick<Delivery, 'attempts' | 'waiting_for' | 'preview'>,
  errorCode: TryErrorCode | null,
): TimeClass {
  const wasItsFault =
    errorCode !== null &&
    (errorCode === 'MR_DELIVERY_ENDPOINT_DISABLED' || errorClasses[errorCode].countsAgainstEndpoint)
  if (attempts > 0 || wasItsFault || waiting_for === 'breaker') return 'failing'
  const hasWaited = waiting_for === 'throttled' || waiting_for === 'order' || waiting_for === 'preview'
  return hasWaited || preview !== null || errorCode === 'MR_DELIVERY_THROTTLED' ? 'limited' : 'healthy'
}

/** Times from the request of a delivery to its end; those of replays are not told, since a replay goes at the speed that was asked for. */
export function timeReporter(meter: Meter, now: () => number = Date.now): ReportEnd {
  const time = meter.createHistogram('millrace.delivery.time', {
    unit: 's',
    description:
      'From the request of a delivery to its end, by class (healthy: all of it was ours; limited: it waited for a limit, its order or its event; failing: the endpoint failed it), kind of endpoint, and outcome: delivered, failed, dropped. Without replays.',
    // 60 is the bound of the objective in deploy/SLO.md.
    advice: { explicitBucketBoundaries: [0.1, 0.5, 1, 5, 10, 30, 60, 120, 300, 1_800, 7_200, 86_400, 259_200] },
  })
  return (delivery, { outcome, kind, errorCode }) => {
    if (delivery.run_id !== '') return
    const seconds = Math.max(0, now() - delivery.requested_at) / 1_000
    time.record(seconds, { class: timeClassOf(delivery, errorCode), kind: kind ?? 'none', outcome })
  }
}
