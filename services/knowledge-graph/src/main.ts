import { topics } from '@millrace/schemas'
import { checkRedisKeepsKeys, run } from '@millrace/service-kit'
import { createEarlyAnswers } from './answer-early.ts'
import { createExtractSnapshots } from './extract-snapshot.ts'
import { localesOf } from './locales.ts'
import { EXTRACT_GROUP } from './replayed-records.ts'
import { settings } from './settings.ts'
import { extractPace, startExtract } from './start-extract.ts'
import { writeGraph } from './write-graph.ts'

await run({
  name: 'knowledge-graph',
  settings,
  async start(context) {
    const { kafka, redis, log, meter } = context
    const extractions = meter.createCounter('millrace.knowledge.extractions', {
      description: 'Events that an extractor has read, by outcome: processed, failed.',
    })
    const localeOf = localesOf(context.sources)
    const early = createEarlyAnswers({ redis, cipher: kafka.cipher }, localeOf)
    const extract = startExtract({
      kafka,
      redis,
      early,
      localeOf,
      onExtracted: ({ source }, status) => extractions.add(1, { source, status }),
    })
    context.watch(extract, EXTRACT_GROUP)
    const snapshots = kafka.transform({
      group: 'knowledge-snapshots',
      from: [topics.snapshots],
      ...extractPace,
      apply: createExtractSnapshots(localeOf),
    })
    context.watch(snapshots, 'knowledge-snapshots')

    await context.keepTrying('redis keeps keys', () => checkRedisKeepsKeys(redis, log))
    const clusterId = await context.keepTrying('cluster id', () => kafka.clusterId())
    const fold = writeGraph({ kafka, redis, log, clusterId })
    context.addCheck({ name: 'graph-state', ready: () => !fold.isRebuilding() || 'being read back from its topics' })
    context.watch(fold, 'knowledge-fold')
  },
})
