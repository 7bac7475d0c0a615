import { eventTypes } from '@millrace/domain'
import type { ServiceContext } from '@millrace/service-kit'
import type { ClaimVerdict } from './claim-store.ts'

type Verdict = ClaimVerdict['verdict']

const kinds: readonly Verdict[] = ['new', 'duplicate', 'fuller', 'held']
/** Types are the senders' words and have no end: only those that we know are labels. */
const knownTypes = new Set(['task.received', ...eventTypes.map(({ type }) => type)])

/** The service's own signals. */
export function observeVerdicts(meter: ServiceContext<unknown>['meter']) {
  const verdicts = meter.createCounter('millrace.dedup.verdicts', {
    description: 'Received webhooks by what became of them: new, duplicate, fuller, held.',
  })
  const events = meter.createCounter('millrace.dedup.events', {
    description: 'New events by source and canonical type; types that are not ours are other.',
  })
  return {
    /** Zeros at the start: a counter that begins with its first event looks to `rate` as if nothing had happened. */
    begin(source: string): void {
      for (const verdict of kinds) verdicts.add(0, { verdict, source })
    },
    onVerdict(verdict: Verdict, source: string, type: string): void {
      verdicts.add(1, { verdict, source })
      if (verdict === 'new') events.add(1, { source, type: knownTypes.has(type) ? type : 'other' })
    },
  }
}
