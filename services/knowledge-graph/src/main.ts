import { topics } from '@millrace/schemas'
import { run } from '@millrace/service-kit'
import { createExtract } from './extract.ts'
import { createFoldStep } from './fold-step.ts'
import { settings } from './settings.ts'

/** Events in one transaction at most: the answer of the first waits for the last. */
const EXTRACT_BATCH = 50

await run({
  name: 'knowledge-graph',
  settings,
  async start(context) {
    const { kafka, redis, log, meter, signal } = context
    const extractions = meter.createCounter('millrace.knowledge.extractions', {
      description: 'Events that an extractor has read, by outcome: processed, failed.',
    })
    const extract = kafka.transform({
      group: 'knowledge-extract',
      from: [topics.events],
      maxBatch: EXTRACT_BATCH,
      apply: createExtract({
        redis,
        onExtracted: ({ source }, status) => extractions.add(1, { source, status }),
      }),
    })
    context.watch(extract, 'knowledge-extract')

    const clusterId = await context.keepTrying('cluster id', () => kafka.clusterId())
    const fold = createFoldStep({ kafka, redis, log, clusterId, signal })
    await context.keepTrying('graph state', () => fold.guard.prepare())
    context.addCheck({
      name: 'graph-state',
      ready: () => !fold.guard.isRebuilding() || 'being rebuilt from its topics',
    })
    context.watch(fold.start(), 'knowledge-fold')
  },
})
