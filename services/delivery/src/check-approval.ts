import { approvedFor } from '@millrace/domain'
import type { Delivery, Endpoint } from '@millrace/schemas'
import { open, type SecretKeys, SigningError } from '@millrace/signing'
import type { TryErrorCode } from './error-classes.ts'

/**
 * Whether a delivery may go out as far as approval is concerned; undefined when it may. To an endpoint of kind `response` goes only what carries the
 * console's proof that a person approved exactly these bytes for exactly this URL: whoever can write to the topic alone cannot make one.
 */
export function approvalProblem(endpoint: Endpoint, delivery: Delivery, keys: SecretKeys): TryErrorCode | undefined {
  if (endpoint.kind !== 'response') return undefined
  if (delivery.approval === null) return 'MR_DELIVERY_UNAPPROVED'
  try {
    open(delivery.approval, keys, approvedFor(delivery, endpoint.url))
    return undefined
  } catch (error) {
    if (!(error instanceof SigningError)) throw error
    // While a new key is rolled out this process may not have it yet: the delivery waits.
    return error.code === 'MR_SIGNING_SEALED_KEY_UNKNOWN' ? 'MR_DELIVERY_SECRET_KEY_MISSING' : 'MR_DELIVERY_UNAPPROVED'
  }
}
