import type { Source } from '@millrace/service-kit'
import { GatewayError } from './errors.ts'

const RETRY_AFTER_SECONDS = 60

/** Refuses everything of a source that is switched off, before its body is read. @throws GatewayError `MR_GATEWAY_SOURCE_DISABLED` */
export function checkEnabled(source: Source): void {
  if (source.isEnabled === false)
    throw new GatewayError('MR_GATEWAY_SOURCE_DISABLED', { retryAfterSeconds: RETRY_AFTER_SECONDS })
}
