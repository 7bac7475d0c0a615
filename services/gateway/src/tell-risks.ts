import type { Log } from '@millrace/kafka'
import type { Source } from '@millrace/service-kit'
import { isInForce } from '@millrace/signing'

/** Says at every start, and whenever the sources change, what an operator may not have meant. */
export function tellRisks(
  sources: readonly Source[],
  isValidationRequired: boolean,
  log: Pick<Log, 'warn'>,
  now = Date.now(),
): void {
  if (!isValidationRequired) {
    log.warn(
      { sources: sources.map((source) => source.name) },
      'SIGNATURES ARE NOT REQUIRED: WEBHOOK_VALIDATION_ENABLED is false, so anybody can send events to every source',
    )
    return
  }
  for (const { name, secrets } of sources) {
    if (secrets.length === 0) log.warn({ source: name }, 'source has no secret: all of its requests will be refused')
    else if (!secrets.some((secret) => isInForce(secret, now))) {
      log.warn({ source: name }, 'source has no secret whose time is now: all of its requests will be refused')
    }
  }
}
