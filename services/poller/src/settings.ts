import {
  adminPort,
  apiTokenSettings,
  common,
  defineSettings,
  duration,
  integer,
  sourceSettings,
  webhookSettings,
} from '@millrace/service-kit'
import { paritySettings } from './parity-settings.ts'

export const settings = defineSettings({
  ...common,
  ...sourceSettings,
  ...apiTokenSettings,
  webhookBaseUrl: webhookSettings.webhookBaseUrl,
  adminPort: adminPort('poller', 9085),
  intervalMs: duration(
    'POLLER_INTERVAL_MS',
    10_000,
    'Time between two reads of the list of events where a source is polled (modes polling and parallel).',
    { min: 250, max: 600_000 },
  ),
  reconcileMs: duration(
    'POLLER_RECONCILE_MS',
    300_000,
    'Reconciliation period: how often conversations are compared with their snapshots and missed events are read, in every mode.',
    { min: 500, max: 86_400_000 },
  ),
  graceMs: duration(
    'POLLER_GRACE_MS',
    60_000,
    'What changed less than this ago is compared in the next period: its webhook may still be on its way.',
    { min: 0, max: 3_600_000 },
  ),
  overlapMs: duration(
    'POLLER_OVERLAP_MS',
    30_000,
    'How far before the newest known event each read begins at most, for events that are listed late; less where many events would make it cost calls.',
    { min: 0, max: 3_600_000 },
  ),
  lateMs: duration(
    'POLLER_LATE_MS',
    120_000,
    'How late an event may be listed and still be found: each period and each restart reads the list again from this far back.',
    { min: 0, max: 86_400_000 },
  ),
  sharePercent: integer(
    'POLLER_SHARE_PERCENT',
    25,
    "Share of the plan's calls, in percent, that a period may take in mode webhook to read the whole list of events; of a company with more events only what seems to be missing is read.",
    { min: 0, max: 100 },
  ),
  callTimeoutMs: duration('POLLER_CALL_TIMEOUT_MS', 10_000, 'Longest time for one call of the Front API.', {
    min: 500,
    max: 60_000,
  }),
  leaseMs: duration(
    'POLLER_LEASE_MS',
    5_000,
    'Silence of the replica that polls an account after which another one takes it over.',
    { min: 1_000, max: 60_000 },
  ),
  ...paritySettings,
})
