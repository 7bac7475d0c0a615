import type { KnowledgeNode, KnowledgeRelationship } from '@millrace/schemas'
import { nodeWords } from '../words/record-words.ts'
import { parsed } from './project-state.ts'
import type { Gone, NodeRow, Owned, RelationshipRow } from './rows.ts'
import type { Sealer } from './sealer.ts'

export function nodeRow({ subject, value }: Owned<KnowledgeNode>, sealer: Sealer | undefined): NodeRow | Gone {
  const { properties_json, ...kept } = value
  const properties = parsed(properties_json)
  if (sealer === undefined || subject === null) return { ...kept, properties, sealed: null, words: null }
  const { label, provenance, tenant, id } = kept
  const sealed = sealer.seal(subject, { label, properties, provenance }, 'lasting')
  if (sealed === 'erased') return { gone: [tenant, id] }
  const words = sealer.tokens(tenant, nodeWords(value))
  return { ...kept, label: '', properties: {}, provenance: [], sealed, words }
}

export function relationshipRow(
  { subject, value }: Owned<KnowledgeRelationship>,
  sealer: Sealer | undefined,
): RelationshipRow | Gone {
  const { properties_json, ...kept } = value
  const properties = parsed(properties_json)
  if (sealer === undefined || subject === null) return { ...kept, properties, sealed: null }
  const { provenance, tenant, id } = kept
  const sealed = sealer.seal(subject, { properties, provenance }, 'lasting')
  return sealed === 'erased' ? { gone: [tenant, id] } : { ...kept, properties: {}, provenance: [], sealed }
}
