import { type Topic, topics } from '@millrace/schemas'
import { createFrontClients, run } from '@millrace/service-kit'
import { ensureOwnTopics } from './ensure-own-topics.ts'
import { createHandling, type Handled } from './handle-events.ts'
import { loadHandlers } from './load-files.ts'
import { observeHandlers } from './observe.ts'
import { takeStrayError } from './run-handler.ts'
import { settings } from './settings.ts'

await run({
  name: 'handlers',
  settings,
  takeStrayError,
  async start(context) {
    const { kafka, log, meter } = context
    const { files, group, concurrency, timeoutMs, retryForMs, secretKeys, kafkaReplication } = context.settings
    const registrations = await loadHandlers(files)
    const names = registrations.map(({ name }) => name)
    log.info({ handlers: names }, 'handlers loaded')
    const clients = createFrontClients(context, { secretKeys })
    await context.keepTrying('dead-letter topics', () => ensureOwnTopics(kafka, group, kafkaReplication))
    const handle = createHandling({
      ...observeHandlers(meter, names),
      ...{ kafka, registrations, group, timeoutMs },
      frontOf: clients.of,
      logFor: (handler, { event_id, tenant }) => log.child({ handler, event_id, tenant }),
    })
    const events = kafka.consume<Handled>({
      group,
      topics: [topics.events, topics.replays] as unknown as readonly Topic<Handled>[],
      ordering: 'key',
      concurrency,
      retryForMs,
      handle,
    })
    context.watch(events, group)
  },
})
