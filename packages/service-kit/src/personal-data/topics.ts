import type { topics } from '@millrace/schemas'

/** What the personal data of each topic is for. Fields, retention and readers come from the registry of topics and the schemas. */
export const purposes: Readonly<Record<Exclude<keyof typeof topics, `retry${string}`>, string>> = {
  received: 'proving what came, and making events of it',
  events: 'what everything else is made of: snapshots, graph, deliveries, the team’s own handlers',
  replays: 'having an event handled again',
  rejected: 'telling forged requests from mistakes',
  refreshes: 'what Front’s API said of a conversation',
  snapshots: 'the present state of each conversation, for readers downstream',
  observations: 'what the graph is folded from',
  nodes: 'the knowledge graph: people, organisations, things',
  relationships: 'the knowledge graph: what they have to do with each other',
  extractions: 'what a caller was answered, and from which event the graph knows something',
  endpoints: 'where customers want what',
  requested: 'what is on its way to customers, and what waits to be tried again',
  endpointStates: 'whether endpoints work',
  attempts: 'what was delivered, and why not',
  modes: 'by which way a source counts',
  parity: 'how webhooks and polling compare',
  notices: 'warnings to operators',
  audit: 'who of us did what',
  positions: 'up to where the poller has read',
  keys: 'opening what is encrypted; their ids name whom they are of',
  erasures: 'not writing again what was erased; who erased it',
}
