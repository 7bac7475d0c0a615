/**
 * JSON Schemas of the payloads that endpoints get; `docs/schemas` holds them as files. Within a version only optional fields are added, so they are open: what a
 * receiver validates today must still be valid then.
 */

const dialect = 'https://json-schema.org/draft/2020-12/schema'

const uuid = {
  type: 'string',
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$',
}
const providerId = { type: 'string', minLength: 1 }

const definitions = {
  time: {
    description: 'ISO 8601 in UTC with milliseconds.',
    type: 'string',
    pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$',
  },
  text: {
    type: ['string', 'null'],
  },
  message: {
    type: 'object',
    required: [
      'id',
      'content',
      'content_type',
      'type',
      'channel',
      'status',
      'metadata',
      'created_by',
      'updated_by',
      'created_at',
      'updated_at',
    ],
    properties: {
      id: {
        description: "The message: UUID made of the tenant and the provider's id, or that id itself.",
        $ref: '#/$defs/id',
      },
      content: {
        description: 'Plain text; empty when the event carried no content.',
        type: 'string',
      },
      content_type: {
        description: 'By the first attachment that is not inline; TEXT when there is none.',
        enum: ['TEXT', 'IMAGE', 'VIDEO', 'DOCUMENT', 'AUDIO'],
      },
      filename: {
        description: 'Of the attachment that gave content_type.',
        type: 'string',
        minLength: 1,
      },
      type: {
        description: "USER_INPUT: the customer's. SYSTEM: a teammate's. BOT: a rule's or an API client's.",
        enum: ['USER_INPUT', 'SYSTEM', 'BOT'],
      },
      channel: {
        description: 'API for every kind that is neither WhatsApp nor SMS; metadata.front_type names the kind.',
        enum: ['API', 'WHATSAPP', 'SMS'],
      },
      status: {
        enum: ['RECEIVED', 'PROCESSED', 'FAILED'],
        description:
          "RECEIVED: the message was created. PROCESSED: the conversation's snapshot holds it. FAILED: it could not be sent.",
      },
      metadata: {
        $ref: '#/$defs/metadata',
      },
      created_by: {
        description: 'Handle of the author, else of the sender.',
        type: 'string',
        minLength: 1,
      },
      updated_by: {
        type: 'string',
        minLength: 1,
      },
      created_at: {
        $ref: '#/$defs/time',
      },
      updated_at: {
        $ref: '#/$defs/time',
      },
    },
  },
  metadata: {
    description: "The provider's own ids and what else the event carried; more keys may come.",
    type: 'object',
    required: ['event_id', 'front_conversation_id', 'front_message_id', 'front_type', 'preview'],
    properties: {
      event_id: {
        type: 'string',
      },
      front_conversation_id: {
        $ref: '#/$defs/text',
      },
      front_message_id: {
        $ref: '#/$defs/text',
      },
      front_event_id: {
        $ref: '#/$defs/text',
      },
      front_author_id: {
        $ref: '#/$defs/text',
      },
      front_type: {
        $ref: '#/$defs/text',
      },
      subject: {
        $ref: '#/$defs/text',
      },
      error_type: {
        $ref: '#/$defs/text',
      },
      recipients: {
        type: 'array',
        items: {
          type: 'object',
          required: ['name', 'handle', 'role'],
          properties: {
            name: {
              $ref: '#/$defs/text',
            },
            handle: {
              type: 'string',
            },
            role: {
              type: 'string',
            },
          },
        },
      },
      attachments: {
        type: 'array',
        items: {
          type: 'object',
          required: ['id', 'filename', 'content_type'],
          properties: {
            id: {
              $ref: '#/$defs/text',
            },
            filename: {
              $ref: '#/$defs/text',
            },
            content_type: {
              $ref: '#/$defs/text',
            },
          },
        },
      },
      preview: {
        description: 'True when the event carried no content of the message.',
        type: 'boolean',
      },
      workflow_id: {
        description: 'Of the conversation config that the delivery is for.',
        type: 'string',
      },
      usecase: {
        description: 'Of the conversation config that the delivery is for.',
        type: 'string',
      },
    },
  },
}

function messageSchema(name: string, title: string, id: object) {
  return {
    $schema: dialect,
    $id: `urn:millrace:schema:${name}`,
    title,
    ...message,
    $defs: { id, ...definitions },
  }
}

const message = {
  description: 'Body of a delivery for message.received, message.sent, message.processed and message.failed.',
  type: 'object',
  required: ['conversation_id', 'data', 'timestamp'],
  properties: {
    conversation_id: {
      description:
        "The conversation: UUID (version 5) made of the tenant and the provider's id, or that id itself; null when the event names none.",
      anyOf: [
        {
          $ref: '#/$defs/id',
        },
        {
          type: 'null',
        },
      ],
    },
    data: {
      $ref: '#/$defs/message',
    },
    timestamp: {
      description: 'When the event happened.',
      $ref: '#/$defs/time',
    },
  },
}

const event = {
  title: 'Millrace outbound event, version 1',
  description: 'Body of a delivery for every event type outside the message contract.',
  type: 'object',
  required: ['type', 'timestamp', 'data'],
  properties: {
    type: {
      description: 'Canonical event type, such as conversation.archived; new ones may come.',
      type: 'string',
      minLength: 1,
    },
    timestamp: {
      description: 'When the event happened: ISO 8601 in UTC with milliseconds.',
      type: 'string',
      pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$',
    },
    data: {
      type: 'object',
      required: ['event_id', 'conversation_id', 'contact_id', 'client_id', 'payload'],
      properties: {
        event_id: {
          type: 'string',
          minLength: 1,
        },
        conversation_id: {
          type: ['string', 'null'],
        },
        contact_id: {
          type: ['string', 'null'],
        },
        client_id: {
          type: ['string', 'null'],
        },
        payload: {
          description: "The provider's JSON of the event, without Front's envelope.",
        },
      },
    },
  },
}

/** By the name of the file, without `.json`. */
export const payloadSchemas: Readonly<Record<string, object>> = {
  'message.v1': messageSchema('message:v1', 'Millrace outbound message, version 1', uuid),
  'message.provider-ids.v1': messageSchema(
    'message.provider-ids:v1',
    "Millrace outbound message with the provider's ids, version 1",
    providerId,
  ),
  'event.v1': { $schema: dialect, $id: 'urn:millrace:schema:event:v1', ...event },
}
