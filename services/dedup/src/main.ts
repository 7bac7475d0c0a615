import { ingestModeOf, topicKey } from '@millrace/domain'
import { topics } from '@millrace/schemas'
import { checkRedisKeepsKeys, run, type Source, type Sources } from '@millrace/service-kit'
import { createClaimStore } from './claim-store.ts'
import { startDedup } from './dedup.ts'
import { createGate } from './gate.ts'
import { createInboxMemory } from './inbox-memory.ts'
import { endsOf, isOlderThanTopics } from './refill.ts'
import { settings } from './settings.ts'

const NOTE_ENDS_EVERY_MS = 30_000
const kinds = ['new', 'duplicate', 'fuller', 'held'] as const

await run({
  name: 'dedup',
  settings,
  async start(context) {
    const { kafka, redis, log } = context
    const clusterId = await context.keepTrying('cluster id', () => kafka.clusterId())
    await context.keepTrying('redis keeps keys', () => checkRedisKeepsKeys(redis, log))
    const store = createClaimStore(redis, clusterId)
    const matchTopics = async () => {
      if (await isOlderThanTopics(kafka, store)) {
        log.warn({}, 'topics are younger than the claims, which will be read back')
        await store.invalidate()
      }
      await store.noteEnds(await endsOf(kafka))
    }
    await context.keepTrying('claims match topics', matchTopics)
    const verdicts = context.meter.createCounter('millrace.dedup.verdicts', {
      description: 'Received webhooks by what became of them: new, duplicate, fuller, held.',
    })
    const fields = new Map<string, Source>()
    const learn = ({ sources }: Sources) => {
      // What came of a source that is gone is still named by its last rule.
      for (const source of sources) {
        // Zeros at the start: a counter that begins with its first event looks to `rate` as if nothing had happened.
        if (!fields.has(source.name)) for (const verdict of kinds) verdicts.add(0, { verdict, source: source.name })
        fields.set(source.name, source)
      }
    }
    learn(context.sources.current())
    context.sources.onChange(learn)
    const modes = kafka.table(topics.modes)
    context.onClose('modes', () => modes.close())
    modes.onChange((key, mode) => log.info({ source: key, ...ingestModeOf(mode) }, 'ingest mode'))
    const gate = createGate({
      ready: modes.ready,
      modeOf: (tenant, source) => ingestModeOf(modes.get(topicKey(tenant, source))),
      inboxes: createInboxMemory(redis),
    })
    const transform = startDedup({
      kafka,
      store,
      log,
      fieldsOf: (source) => fields.get(source),
      gate,
      onVerdict: (verdict, source) => verdicts.add(1, { verdict, source }),
    })
    context.watch(transform)
    // Where Kafka or Redis is away, the next look makes up for it.
    const noting = setInterval(() => void matchTopics().catch(() => {}), NOTE_ENDS_EVERY_MS)
    context.onClose('ends note', async () => clearInterval(noting))
  },
})
