import type { Kafka, RunningTransform } from '@millrace/kafka'
import { answerFailures } from './answer-failures.ts'
import { createExtract, type ExtractOptions } from './extract.ts'
import { asEventBatch, asEvents, EXTRACT_GROUP, type Extractable, extractSources } from './replayed-records.ts'

/** Records in one transaction at most. Answers are given on arrival; the transactions that follow are for the graph, which can wait. */
export const extractPace = { maxBatch: 50, lingerMs: 100 } as const

export interface ExtractParts extends ExtractOptions {
  readonly kafka: Pick<Kafka, 'transform' | 'cipher'>
}

/** Reads events, and replays of events that are for this group, into observations, exactly once. A replay is extracted like its event. */
export function startExtract({ kafka, ...options }: Omit<ExtractParts, 'cipher'>): RunningTransform<Extractable> {
  const { early, redis } = options
  const { cipher } = kafka
  const extract = createExtract({ ...options, cipher })
  const answerFailed = answerFailures({ redis, cipher })
  return kafka.transform<Extractable>({
    group: EXTRACT_GROUP,
    from: extractSources,
    ...extractPace,
    onArrival: (records) => early?.onArrival(asEvents(records)),
    beforeDeadLetter: (records) => answerFailed(asEvents(records)),
    apply: (batch) => extract(asEventBatch(batch)),
  })
}
