import { z } from 'zod'

const properties = z
  .record(z.string(), z.unknown())
  .describe('As the event had them: 0, false, null and the empty text are values.')

const node = z.object({
  id: z.string().describe('type:account:part…, parts percent-encoded; the same fact has the same id from any source.'),
  type: z.string(),
  label: z.string().describe('A name to show.'),
  properties,
})

const relationship = z.object({
  id: z.string().describe('from>type>to, or from>type where there is one target at a time.'),
  type: z.string(),
  from_id: z.string(),
  to_id: z.string(),
  properties,
})

/** The graph that one event gave. */
export const knowledgeGraph = z
  .object({
    client_id: z.string().nullable(),
    extraction_id: z.string().describe('The same event read by the same version of an extractor has the same.'),
    knowledge_nodes: z.array(node),
    relationships: z.array(relationship),
    metadata: z.looseObject({
      extractor: z.string(),
      extractor_version: z.number().int(),
      node_count: z.number().int(),
      relationship_count: z.number().int(),
      unread: z.array(z.string()).describe('JSON pointers to what was there and not understood.'),
    }),
  })
  .meta({ title: 'Knowledge graph', description: 'Nodes and relationships that one event gave.' })

export type ClientKnowledgeGraph = z.infer<typeof knowledgeGraph>

/** The answer to a synchronous caller whose event gave a graph. */
export const processedAnswer = z
  .object({
    webhook_id: z.string(),
    status: z.literal('processed'),
    client_id: z.string().nullable(),
    result: z.object({
      webhook_id: z.string(),
      client_id: z.string().nullable(),
      action_id: z.string().nullable(),
      timestamp: z.iso.datetime().describe('When the event was received.'),
      source: z.string(),
      knowledge_graph: knowledgeGraph,
    }),
  })
  .meta({ title: 'Processed answer', description: 'The answer that a synchronous caller gets with 200.' })

export type ProcessedAnswer = z.infer<typeof processedAnswer>
