import { closeOrder, type ServiceContext } from '@millrace/service-kit'
import type { ContentEncryption } from '../content-encryption.ts'
import type { Database } from '../db/connect.ts'
import { sealResting } from '../db/seal-resting.ts'
import type { Deps } from '../deps.ts'
import { enforceRetention } from '../retention/enforce.ts'
import type { ConsoleSettings } from '../settings.ts'
import { startLedger } from './ledger.ts'

/** Keeps the ledger for as long as the service runs, and counts what it does. */
export function runLedger(
  context: ServiceContext<ConsoleSettings>,
  database: Database,
  { sealer, resting }: Pick<ContentEncryption, 'sealer' | 'resting'>,
  deps: Deps,
): void {
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
  let isSealed = false
  const seal = async (signal: AbortSignal) => {
    if (isSealed) return
    const rows = await sealResting(database.db, resting, signal)
    isSealed = true
    if (rows > 0) log.info({ rows }, 'texts of approvals and the audit were sealed with the present master key')
  }
  const ledger = startLedger({
    ...{ database, kafka, log, sealer },
    payloadDays: settings.payloadDays,
    days: settings.ledgerDays,
    retain: async (now, signal) => {
      await seal(signal)
      await enforceRetention({ ...deps, hasKeys: settings.secretKeys !== undefined }, now, signal)
    },
    onWritten: (written) => {
      projected.add(written.records)
      asOf = written.asOf ?? asOf
    },
  })
  context.onClose('ledger', () => ledger.close(), { order: closeOrder.intake })
}
