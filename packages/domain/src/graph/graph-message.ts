import type { KnowledgeObservation } from '@millrace/schemas'

/** What a message to the owner of a node says beside its text. */
type GraphMessageOf = Pick<KnowledgeObservation, 'tenant' | 'id' | 'subject' | 'event_id' | 'extractor' | 'observed_at'>

/**
 * A message to the owner of a node, in the form of an observation that sees nothing itself.
 * @param said what the owner is told; goes as JSON
 */
export function graphMessage(of: GraphMessageOf, said: object): KnowledgeObservation {
  return {
    ...of,
    type: '',
    label: '',
    properties_json: '{}',
    client_id: null,
    standing: '',
    same_as: [],
    supported_by: [],
    sections: [],
    relationships: [],
    spans: [],
    about_id: null,
    extraction_id: '',
    extractor_version: 1,
    message_json: JSON.stringify(said),
  }
}
