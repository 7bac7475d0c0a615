import { type Topic, topics } from '../src/index.ts'

/** The service that runs each consumer group. A test holds this complete. */
export const serviceOfGroup: Readonly<Record<string, string>> = {
  dedup: 'dedup',
  'poller-parity': 'poller',
  'conversation-refresh': 'conversation-refresh',
  'conversation-refresh-background': 'conversation-refresh',
  'conversation-snapshot': 'conversation-refresh',
  'knowledge-extract': 'knowledge-graph',
  'knowledge-snapshots': 'knowledge-graph',
  'knowledge-fold': 'knowledge-graph',
  'delivery-request': 'delivery',
  'delivery-processed': 'delivery',
  'delivery-send': 'delivery',
  'poller-events': 'poller',
  'poller-snapshots': 'poller',
  handlers: 'handlers',
}

/** Services that read a whole topic into memory, without a group. */
export const tableReaders: Readonly<Record<string, readonly string[]>> = {
  [topics.endpoints.name]: ['delivery'],
  [topics.modes.name]: ['dedup', 'poller'],
  [topics.positions.name]: ['poller'],
}

export const ownTopics: readonly Topic[] = Object.values(topics) as unknown as Topic[]
