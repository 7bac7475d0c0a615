import { ingestModeOf, topicKey } from '@millrace/domain'
import { topics } from '@millrace/schemas'
import { checkRedisKeepsKeys, run, type Source, type Sources } from '@millrace/service-kit'
import { createClaimStore } from './claim-store.ts'
import { startDedup } from './dedup.ts'
import { createGate } from './gate.ts'
import { createInboxMemory } from './inbox-memory.ts'
import { observeVerdicts } from './observe.ts'
import { endsOf, isOlderThanTopics } from './refill.ts'
import { settings } from './settings.ts'

const NOTE_ENDS_EVERY_MS = 30_000

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
    const { begin, onVerdict } = observeVerdicts(context.meter)
    const fields = new Map<string, Source>()
    const learn = ({ sources }: Sources) => {
      // What came of a source that is gone is still named by its last rule.
      for (const source of sources) {
        if (!fields.has(source.name)) begin(source.name)
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
      onVerdict,
    })
    context.watch(transform, 'dedup')
    // Where Kafka or Redis is away, the next look makes up for it.
    const noting = setInterval(() => void matchTopics().catch(() => {}), NOTE_ENDS_EVERY_MS)
    context.onClose('ends note', async () => clearInterval(noting))
  },
})
