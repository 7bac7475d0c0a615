import { integer } from '@millrace/service-kit'

/** How long the ledger keeps what it holds. */
export const ledgerSettings = {
  ledgerDays: integer(
    'CONSOLE_LEDGER_DAYS',
    30,
    'Days for which the ledger keeps events, deliveries and findings. A rebuild finds what the topics still hold: 30 days of events, unless their retention was changed.',
    { min: 1, max: 3_650 },
  ),
  payloadDays: integer('CONSOLE_PAYLOAD_DAYS', 30, 'Days for which the ledger keeps the payloads of events.', {
    min: 1,
    max: 3_650,
  }),
} as const
