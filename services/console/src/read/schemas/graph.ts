import { z } from 'zod'
import { count, idText, pageOf, paging, time } from './common.ts'

const properties = z.record(z.string(), z.unknown()).describe('Typed as they came: 0, false and null are values.')

export const graphNode = z
  .object({
    id: z.string(),
    type: z.string(),
    label: z.string(),
    properties,
    same_as: z.string().nullable(),
    client_ids: z.array(z.string()),
    first_seen: time,
    last_seen: time,
    is_gone: z.boolean().describe('True for what an ended relationship led to and that is no more.'),
  })
  .meta({ id: 'GraphNode' })

export const graphRelationship = z
  .object({
    id: z.string(),
    type: z.string(),
    from_id: z.string(),
    to_id: z.string(),
    properties,
    client_ids: z.array(z.string()),
    first_seen: time,
    last_seen: time,
    valid_to: time.nullable().describe('When it ended; null while it holds.'),
  })
  .meta({ id: 'GraphRelationship' })

const provenance = z.object({
  event_id: z.string(),
  extractor: z.string(),
  extractor_version: z.number().int(),
  observed_at: time,
  properties: z.array(z.string()),
  spans: z.array(z.object({ field: z.string(), start: z.number().int(), end: z.number().int(), text: z.string() })),
})

export const graphNodeDetail = graphNode
  .extend({
    identities: z.array(z.string()).describe('Other ids under which the same person was met.'),
    provenance: z.array(provenance).describe('Which events say so.'),
    relationship_counts: z
      .array(z.object({ type: z.string(), direction: z.enum(['out', 'in']), count }))
      .describe('Of those that hold.'),
  })
  .meta({ id: 'GraphNodeDetail' })

const q = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .describe(
    'Beginning of the label, or an id. Where contents are encrypted: whole words of the label, or an address or number.',
  )

/** What a URL may name. */
export const nodesQuery = z.object({
  type: z.string().max(100).optional(),
  client: idText.optional().describe('Only nodes that events of this client told of.'),
  ...paging,
})
export const nodesSearch = z.strictObject({ q, ...nodesQuery.shape }).meta({ id: 'GraphNodesSearch' })

export const nodePage = pageOf(graphNode).meta({ id: 'GraphNodePage' })

const flag = z.enum(['true', 'false']).default('false')

export const neighboursQuery = z.object({
  depth: z.coerce.number().int().min(1).max(5).default(1),
  limit: z.coerce.number().int().min(1).max(1_000).default(200).describe('Nodes at most; the nearest first.'),
  ended: flag.describe('Also relationships that have ended.'),
})

export const neighbourhood = z
  .object({
    root_id: z.string(),
    nodes: z.array(graphNode.extend({ depth: count.describe('Steps from the root, which has 0.') })),
    relationships: z.array(graphRelationship).describe('Those between these nodes.'),
    is_truncated: z.boolean().describe('True where the limit left something out.'),
  })
  .meta({ id: 'Neighbourhood' })

export const pathQuery = z.object({
  from: idText,
  to: idText,
  max_length: z.coerce.number().int().min(1).max(8).default(6),
  ended: flag,
})

export const graphPath = z
  .object({
    from_id: z.string(),
    to_id: z.string(),
    is_found: z.boolean(),
    nodes: z.array(graphNode).describe('From one end to the other; empty when none was found.'),
    relationships: z.array(graphRelationship).describe('Between each node and the next.'),
    is_exhausted: z
      .boolean()
      .describe('False where the search ended at its bound, so a path that was not found may be there all the same.'),
  })
  .meta({ id: 'GraphPath' })

export const exportQuery = z.object({
  client: idText.describe('The client’s id as callers use it, or the id of its node.'),
  format: z.enum(['json', 'csv', 'graphml']).default('json'),
  part: z.enum(['nodes', 'relationships']).default('nodes').describe('Which of the two files, for csv.'),
  ended: flag,
})
