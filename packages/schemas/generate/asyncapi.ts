import { stringify } from 'yaml'
import { readersBesideGroups, serviceOfGroup } from '../src/access.ts'
import { latest } from '../src/codec.ts'
import { fingerprintHex } from '../src/fingerprint.ts'
import { deadLetterTopic, RECORD_OVERHEAD_BYTES, type Topic } from '../src/index.ts'
import { ownTopics } from './own-topics.ts'

const KAFKA_BINDING = '0.5.0'
const DEFAULT_EVENT_PARTITIONS = 12
const EVENT_HEADERS = { $ref: '#/components/schemas/EventHeaders' }
const DEAD_LETTER_HEADERS = { $ref: '#/components/schemas/DeadLetterHeaders' }

const text = (description: string, extra: object = {}) => ({ type: 'string', description, ...extra })

const schemas = {
  EventHeaders: {
    type: 'object',
    description:
      'CloudEvents 1.0 in binary mode, and ours. Every record of webhooks.events.v1 has the required ones; others carry what they know.',
    required: ['ce_specversion', 'ce_id', 'ce_type', 'ce_source', 'ce_tenant', 'content-type'],
    properties: {
      ce_specversion: text('Version of CloudEvents.', { const: '1.0' }),
      ce_id: text('The event id.'),
      ce_type: text('Canonical type, such as message.received. Open-ended.'),
      ce_source: text('Name of the configured sender.', { format: 'uri-reference' }),
      ce_tenant: text('The tenant.'),
      ce_time: text('When it happened.', { format: 'date-time' }),
      ce_subject: text('The conversation id, where there is one.'),
      'content-type': text('Media type of the record value.', { const: 'application/avro' }),
      traceparent: text('W3C trace context of the writer.'),
      'x-received-position': text('Where the received webhook is: topic-partition-offset.'),
      'x-webhook-id': text('Id that the sender got in the answer to its request.'),
    },
  },
  DeadLetterHeaders: {
    type: 'object',
    description:
      'The headers of the source record and these. Numbers are big-endian bytes: partition 4, offset and timestamp 8.',
    required: ['kafka_dlt-original-topic', 'kafka_dlt-original-partition', 'kafka_dlt-original-offset', 'x-error-code'],
    properties: {
      'kafka_dlt-original-topic': text('Topic of the source record.'),
      'kafka_dlt-original-partition': text('Its partition.', { format: 'binary' }),
      'kafka_dlt-original-offset': text('Its offset.', { format: 'binary' }),
      'kafka_dlt-original-timestamp': text('Its timestamp, epoch milliseconds.', { format: 'binary' }),
      'kafka_dlt-original-timestamp-type': text('Kind of that timestamp.'),
      'kafka_dlt-original-consumer-group': text('Group that gave up.'),
      'kafka_dlt-exception-fqcn': text('Class of the error.'),
      'kafka_dlt-exception-message': text('Message of the error.'),
      'kafka_dlt-exception-stacktrace': text('Stack of the error.'),
      'x-error-code': text('Code of the error, see docs/errors.md.'),
    },
  },
}

/** `docs/asyncapi.yaml`, AsyncAPI 3.0. */
export function asyncapi(): string {
  const document = {
    asyncapi: '3.0.0',
    info: {
      title: 'Millrace topics',
      version: '1.0.0',
      description: 'Kafka topics of Millrace. How to read them: topics.md.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/avro',
    servers: {
      local: { host: '127.0.0.1:19092', protocol: 'kafka', description: 'The broker that `npm start` runs.' },
    },
    channels: Object.fromEntries([
      ...ownTopics.map(channel),
      ...deadLetters().map(({ topic }) => deadLetterChannel(topic)),
    ]),
    operations: Object.fromEntries([...ownTopics.flatMap(operations), ...deadLetters().map(deadLetterOperation)]),
    components: { messages: Object.fromEntries([...ownTopics.map(message), deadLetterMessage]), schemas },
  }
  return `# Generated from the registry of topics by \`pnpm --filter @millrace/schemas generate\`.\n${stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })}`
}

function deadLetters(): { topic: Topic<Buffer>; group: string }[] {
  return ownTopics.flatMap((source) => source.groups.map((group) => ({ topic: deadLetterTopic(source, group), group })))
}

function channel(topic: Topic): [string, object] {
  return [topic.name, channelOf(topic, topic.name)]
}

function deadLetterChannel(topic: Topic<Buffer>): [string, object] {
  return [topic.name, channelOf(topic, 'deadLetter')]
}

function channelOf(topic: Topic<never> | Topic, messageName: string): object {
  return {
    address: topic.name,
    summary: topic.summary,
    messages: { record: { $ref: `#/components/messages/${messageName}` } },
    bindings: { kafka: kafkaBinding(topic) },
  }
}

function kafkaBinding(topic: Topic<never> | Topic): object {
  const lifetime = topic.cleanup === 'compact' ? 'delete.retention.ms' : 'retention.ms'
  return {
    topic: topic.name,
    partitions: topic.partitions === 'events' ? DEFAULT_EVENT_PARTITIONS : topic.partitions,
    topicConfiguration: {
      'cleanup.policy': [topic.cleanup],
      [lifetime]: topic.retentionMs,
      'max.message.bytes': topic.maxValueBytes + RECORD_OVERHEAD_BYTES,
    },
    bindingVersion: KAFKA_BINDING,
  }
}

function message(topic: Topic): [string, object] {
  const version = latest(topic.schema)
  const path = `${topic.schema.name}/v${version.version}.avsc`
  return [
    topic.name,
    {
      name: topic.schema.name,
      summary: topic.summary,
      ...(topic.cleanup === 'compact' && { description: 'A null value means that the key is gone.' }),
      contentType: 'application/avro',
      headers: EVENT_HEADERS,
      payload: {
        schemaFormat: 'application/vnd.apache.avro+json;version=1.9.0',
        schema: { $ref: `../packages/schemas/avro/${path}` },
      },
      bindings: { kafka: { key: text(`UTF-8: ${topic.key}`), bindingVersion: KAFKA_BINDING } },
      'x-fingerprint': fingerprintHex(version.fingerprint),
    },
  ]
}

const deadLetterMessage: [string, object] = [
  'deadLetter',
  {
    name: 'DeadLetter',
    summary: 'A record that a group could not handle; key and value are those of the source, unchanged.',
    headers: DEAD_LETTER_HEADERS,
    payload: { type: 'string', format: 'binary', description: "The source record's bytes." },
    bindings: { kafka: { key: text('As in the source.'), bindingVersion: KAFKA_BINDING } },
  },
]

function operations(topic: Topic): [string, object][] {
  const receives = topic.groups.map((group) => receive(topic, serviceOfGroup[group] ?? group, group))
  const others = readersBesideGroups(topic.name).map((service) => receive(topic, service))
  return [...topic.writers.map((service) => send(topic, service)), ...receives, ...others]
}

function send(topic: Topic<never> | Topic, service: string, group?: string): [string, object] {
  return [`${group ?? service}.send.${topic.name}`, operation('send', topic, service)]
}

function receive(topic: Topic, service: string, group?: string): [string, object] {
  const binding = group && {
    bindings: { kafka: { groupId: { type: 'string', const: group }, bindingVersion: KAFKA_BINDING } },
  }
  return [`${group ?? service}.receive.${topic.name}`, { ...operation('receive', topic, service), ...binding }]
}

function deadLetterOperation({ topic, group }: { topic: Topic<Buffer>; group: string }): [string, object] {
  return send(topic, serviceOfGroup[group] ?? group, group)
}

function operation(action: 'send' | 'receive', topic: Topic<never> | Topic, service: string): object {
  return { action, channel: { $ref: `#/channels/${topic.name}` }, tags: [{ name: service }] }
}
