import { createStateStore, type Kafka, type Log, type RunningTransform } from '@millrace/kafka'
import { type KnowledgeObservation, topics } from '@millrace/schemas'
import type { Redis } from 'ioredis'
import { createFold } from './fold.ts'
import { decodeState, encodeState } from './graph-state.ts'
import { isGraphEmpty, rebuildState } from './rebuild-state.ts'
import { createStateGuard, type StateGuard } from './state-guard.ts'

export interface FoldParts {
  readonly kafka: Kafka
  readonly redis: Redis
  readonly log: Log
  /** State of another cluster says nothing about this one's topics. */
  readonly clusterId: string
  readonly signal: AbortSignal
}

export interface FoldStep {
  readonly guard: StateGuard
  /** Starts the transform; call it once the guard is prepared. */
  start(): RunningTransform<KnowledgeObservation>
}

/** Puts the fold step together: state in Redis, its guard, and the rebuild that needs the running transform for fencing. */
export function createFoldStep({ kafka, redis, log, clusterId, signal }: FoldParts): FoldStep {
  const prefix = `state:knowledge:${clusterId}:`
  const store = createStateStore({ redis, prefix, encode: encodeState, decode: decodeState })
  let running: RunningTransform<KnowledgeObservation> | undefined

  const rebuild = async () => {
    const startedAt = performance.now()
    log.warn({}, 'Redis lacks graph state, reading it back from the topics')
    const records = await rebuildState({ kafka, store, signal, fenceOwners: async () => running?.fenceAll() })
    log.info({ records, took_ms: Math.round(performance.now() - startedAt) }, 'graph state rebuilt')
  }

  const guard = createStateGuard({
    redis,
    prefix,
    rebuild,
    isGraphEmpty: () => isGraphEmpty(kafka),
    onRebuildFailed: (error) => log.error({ error }, 'rebuilding the graph state failed, will be tried again'),
  })

  return {
    guard,
    start: () => {
      running = kafka.transform({
        group: 'knowledge-fold',
        from: [topics.observations],
        apply: createFold({ store, guard }),
      })
      return running
    },
  }
}
