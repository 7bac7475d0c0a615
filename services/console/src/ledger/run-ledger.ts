import { closeOrder, type ServiceContext } from '@millrace/service-kit'
import type { Database } from '../db/connect.ts'
import type { ConsoleSettings } from '../settings.ts'
import { startLedger } from './ledger.ts'

/** Keeps the ledger for as long as the service runs, and counts what it does. */
export function runLedger(context: ServiceContext<ConsoleSettings>, database: Database): void {
  const { kafka, log, meter, settings } = context
  const projected = meter.createCounter('millrace.console.ledger.records', {
    description: 'Records that this process has projected into the ledger.',
  })
  let asOf: number | undefined
  meter
    .createObservableGauge('millrace.console.ledger.age', {
      unit: 's',
      description:
        'How long ago everything that was written is in the ledger; told by the process that projects, once it has caught up.',
    })
    .addCallback((result) => {
      if (asOf !== undefined) result.observe((Date.now() - asOf) / 1_000)
    })
  const ledger = startLedger({
    ...{ database, kafka, log },
    payloadDays: settings.payloadDays,
    days: settings.ledgerDays,
    onWritten: (written) => {
      projected.add(written.records)
      asOf = written.asOf ?? asOf
    },
  })
  context.onClose('ledger', () => ledger.close(), { order: closeOrder.intake })
}
