import type { Kafka, Log, Table } from '@millrace/kafka'
import type { IngestMode } from '@millrace/schemas'
import type { SettingValues, SourcesHolder } from '@millrace/service-kit'
import type { Redis } from 'ioredis'
import type { ParityParts } from './parity.ts'
import { createParityMarks } from './parity-marks.ts'
import type { paritySettings } from './parity-settings.ts'
import { createParityState } from './parity-state.ts'
import type { Positions } from './positions.ts'
import type { RejectedTally } from './rejected-tally.ts'
import { createRecordTimes } from './trigger-backlog.ts'

interface World {
  readonly kafka: Kafka
  readonly redis: Redis
  readonly positions: Pick<Positions, 'of'>
  readonly modes: Pick<Table<IngestMode>, 'get'>
  readonly sources: Pick<SourcesHolder, 'current'>
  readonly rejected: Pick<RejectedTally, 'between'>
  readonly log: Log
}

type ParitySettings = SettingValues<typeof paritySettings> & { readonly reconcileMs: number }

const LEAST_POLLED_WITHIN_MS = 15 * 60_000

/** What comparing needs, by the settings. */
export function parityOf(world: World, settings: ParitySettings): ParityParts {
  const { kafka, redis, positions, modes, sources, rejected, log } = world
  return {
    ...{ kafka, redis, positions, modes, rejected, log },
    marks: createParityMarks(redis, settings.parityWindowMs),
    times: createRecordTimes(),
    state: createParityState(redis),
    sources: () => sources.current(),
    settings: { windowMs: settings.parityWindowMs, settleMs: settings.paritySettleMs },
    limits: {
      forMs: settings.rollbackMissingMs,
      percent: settings.rollbackMissingPercent,
      backlogMs: settings.rollbackBacklogMs,
      polledWithinMs: Math.max(LEAST_POLLED_WITHIN_MS, 3 * settings.reconcileMs),
    },
    everyMs: settings.parityEveryMs,
  }
}
