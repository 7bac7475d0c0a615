import { duration, integer } from '@millrace/service-kit'

/** Settings of comparing and of the triggers. */
export const paritySettings = {
  parityWindowMs: duration(
    'POLLER_PARITY_WINDOW_MS',
    60_000,
    'Span of event times that webhooks and polling are compared by.',
    { min: 250, max: 3_600_000 },
  ),
  paritySettleMs: duration(
    'POLLER_PARITY_SETTLE_MS',
    120_000,
    'How late a webhook may come and still count as brought when its span is compared; a later one corrects that.',
    { min: 0, max: 3_600_000 },
  ),
  parityEveryMs: duration(
    'POLLER_PARITY_EVERY_MS',
    5_000,
    'Time between two looks at what can be compared, and at the triggers.',
    { min: 100, max: 60_000 },
  ),
  rollbackMissingMs: duration(
    'POLLER_ROLLBACK_MISSING_MS',
    300_000,
    'How long webhooks must miss events that polling sees, without a break, until the source is rolled back to polling.',
    { min: 250, max: 86_400_000 },
  ),
  rollbackMissingPercent: integer(
    'POLLER_ROLLBACK_MISSING_PERCENT',
    10,
    "Share of a span's events, in percent, that must be missing for that.",
    { min: 1, max: 100 },
  ),
  rollbackBacklogMs: duration(
    'POLLER_ROLLBACK_BACKLOG_MS',
    900_000,
    'Age of the oldest received webhook that is no event yet above which sources are rolled back to polling.',
    { min: 1_000, max: 86_400_000 },
  ),
}
