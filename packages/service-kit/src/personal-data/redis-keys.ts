import type { RestingPlace } from './types.ts'

/** Keys that belong together. */
export interface RedisKeys extends RestingPlace {
  /** Forms of the keys, as Redis has them behind `REDIS_PREFIX`; of `<name>` something stands in the key. */
  readonly patterns: readonly string[]
  /** True for what has no time to live: it goes when its owner takes it away. */
  readonly isLasting?: true
}

const nothing = { subject: '', content: '' } as const
const lasting = { kept: 'not by itself', isLasting: true } as const
const seconds = 'seconds to minutes'
const frontCallers = 'conversation-refresh, poller, handlers, console'

/** Every form of key. A test reads the sources: a form that is made and not listed fails it, and one that is listed and not made. */
export const redisKeys: readonly RedisKeys[] = [
  {
    patterns: ['limit:address:<address>:<minute>'],
    subject: 'address of a sender, in the key',
    content: '',
    purpose: 'limiting the requests of one address',
    kept: '2 minutes',
    readers: 'gateway',
  },
  {
    patterns: ['limit:source:<source>:<minute>', 'limit:tenant:<tenant>:<minute>', 'limit:refusals:<source>:<minute>'],
    ...nothing,
    purpose: 'limiting the requests of a source or tenant',
    kept: '2 minutes',
    readers: 'gateway',
  },
  {
    patterns: ['asked:<tenant>/<source>/<webhook id>'],
    ...nothing,
    purpose: 'which answer a request has',
    kept: 'as the answer',
    readers: 'gateway',
  },
  {
    patterns: ['reply:<reply key>'],
    subject: '',
    content: 'the answer to a synchronous caller: the graph of a client',
    purpose: 'the same answer to the same request',
    kept: '7 days; where a request has no id of its own 1 hour (Make) or 10 minutes',
    readers: 'gateway (written by knowledge-graph)',
  },
  {
    patterns: ['claim:marker', 'claim:ends', 'claim:<incarnation>#watermarks'],
    ...nothing,
    purpose: 'whether claims are complete',
    ...lasting,
    readers: 'dedup',
  },
  {
    patterns: ['claim:<incarnation>:<identity of an event>', 'claim:refill-lock'],
    ...nothing,
    purpose: 'each event once',
    kept: '7 days',
    readers: 'dedup',
  },
  {
    patterns: ['inboxes:<record key>'],
    subject: 'id of a conversation, contact or client, in the key',
    content: '',
    purpose: 'which way counts for a conversation',
    kept: '30 days',
    readers: 'dedup',
  },
  {
    patterns: ['state:conversation-snapshot:<cluster>:<tenant>/<conversation>'],
    subject: 'people of the conversation; its id, also in the key',
    content: 'messages, comments, fields',
    purpose: 'folding events into snapshots',
    kept: '30 days and an hour after the conversation ended, else not by itself',
    isLasting: true,
    readers: 'conversation-refresh',
  },
  {
    patterns: ['state:conversation-snapshot:<cluster>:ended'],
    subject: 'ids of conversations that ended',
    content: '',
    purpose: 'letting go of them in time',
    kept: '30 days, each',
    isLasting: true,
    readers: 'conversation-refresh',
  },
  {
    patterns: ['state:knowledge-fold:<cluster>:<tenant>/<node>'],
    subject: 'ids of nodes, which are made of addresses, phone numbers and names, also in the key',
    content: 'properties, words that were quoted',
    purpose: 'folding observations into the knowledge graph',
    kept: 'not by itself, also where the node is gone: what is known says that older news changes nothing',
    isLasting: true,
    readers: 'knowledge-graph',
  },
  {
    patterns: ['state:<group>:<cluster>:guard', 'delivery:processed:<cluster>:guard'],
    ...nothing,
    purpose: 'whether state is complete',
    ...lasting,
    readers: 'conversation-refresh, knowledge-graph, delivery',
  },
  {
    patterns: ['front:{<account>}:resource:<resource>'],
    subject: 'id of a conversation or message, in the key',
    content: '',
    purpose: 'the calls a second that Front takes for one resource',
    kept: seconds,
    readers: frontCallers,
  },
  {
    patterns: [
      'front:{<account>}:budget',
      'front:{<account>}:plan',
      'front:{<account>}:bursts',
      'front:{<account>}:searches',
      'front:{<account>}:calls',
      'front:{<account>}:degraded',
      'front:{<account>}:degraded:trying:<route>',
      'front:{<account>}:oauth:lock',
    ],
    ...nothing,
    purpose: 'the calls of a plan; whether Front answers',
    kept: 'a week at most',
    readers: frontCallers,
  },
  {
    patterns: ['front:{<account>}:oauth'],
    ...nothing,
    purpose: 'tokens of an OAuth client, sealed',
    ...lasting,
    readers: frontCallers,
  },
  {
    patterns: ['delivery:chain:<tenant>/<endpoint>/<conversation>'],
    subject: 'id of a conversation, in the key',
    content: '',
    purpose: 'the order of its deliveries',
    kept: '73 hours',
    readers: 'delivery',
  },
  {
    patterns: ['delivery:messages:<tenant>/<conversation>'],
    subject: 'id of a contact; id of the conversation, also in the key',
    content: '',
    purpose: 'telling receivers once that a message is processed',
    kept: '7 days after the last change',
    readers: 'delivery',
  },
  {
    patterns: ['delivery:told:<tenant>/<conversation>:<event>'],
    subject: 'id of a conversation, in the key; people of the message',
    content: 'what the event told of the message',
    purpose: 'what receivers are told once it is processed',
    kept: '7 days; 10 minutes once it was used',
    readers: 'delivery',
  },
  {
    patterns: ['delivery:limits', 'delivery:chains'],
    ...nothing,
    purpose: 'whether counts are complete',
    ...lasting,
    readers: 'delivery',
  },
  {
    patterns: [
      'delivery:open:<endpoint or tenant>',
      'delivery:recent:<endpoint or tenant>',
      'delivery:block:<endpoint or tenant>',
      'delivery:try:<tenant>/<delivery and try>',
      'delivery:settled:<tenant>/<delivery>',
    ],
    ...nothing,
    purpose: 'limits of endpoints, one try at a time, the order of deliveries; never what was answered',
    kept: '73 hours at most, or as long as a receiver asked for silence',
    readers: 'delivery',
  },
  {
    patterns: ['parity:<account>:window:<begin>', 'parity:<account>:missing'],
    subject: 'ids of conversations',
    content: '',
    purpose: 'comparing webhooks and polling',
    kept: '25 hours; differences 7 days after the last',
    readers: 'poller',
  },
  {
    patterns: ['parity:<account>:since', 'parity:<account>:sealed'],
    ...nothing,
    purpose: 'from when to when was compared',
    ...lasting,
    readers: 'poller',
  },
  {
    patterns: [
      'parity:<account>:open',
      'parity:<account>:came:<step>',
      'parity:<account>:run',
      'parity:<account>:told:<what>',
      'poller:lease:<account>',
      'parity:lease',
      'poller:known:since:<account>',
    ],
    ...nothing,
    purpose: 'counts, times and turns of the poller',
    kept: '8 days at most',
    readers: 'poller',
  },
  {
    patterns: ['poller:known:snapshots:<account>', 'poller:known:events:<account>'],
    subject: 'ids of conversations',
    content: '',
    purpose: 'finding conversations that changed unnoticed',
    kept: '8 days',
    readers: 'poller',
  },
]
