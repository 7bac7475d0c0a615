/** What one extraction saw of one node or relationship. */
export interface KnowledgeObservation {
  tenant: string
  /** Node id. */
  id: string
  /** `node` for what an extraction saw; the others for what one node's fold tells another's. */
  subject: 'node' | 'support' | 'label' | 'part' | 'standing' | 'alias' | 'forget'
  type: string
  label: string
  /** Properties as a JSON object, typed as they were (0, false and null survive). */
  properties_json: string
  client_id: string | null
  /** `exists` or `gone` where the extraction is about the node itself; empty where it is only named. */
  standing: '' | 'exists' | 'gone'
  same_as: string[]
  /** Ids of the relationships by which other nodes name this one. */
  supported_by: string[]
  /** Relationship types of which every one that holds is listed; `*` for all. */
  sections: string[]
  relationships: ObservedRelationship[]
  /** The words of texts that name the node; `field` is the id of the node whose text it is, # and its property. */
  spans: Span[]
  event_id: string
  /** Whose data key encrypts the record: id of the conversation, else of the contact, client or event. Null in what a fold tells. */
  about_id: string | null
  extraction_id: string
  extractor: string
  extractor_version: number
  observed_at: number
  message_json: string
}

export interface ObservedRelationship {
  type: string
  other_id: string
  properties_json: string
  spans: Span[]
}

/** Words of a text; offsets are of the readable text, in UTF-16 units. */
export interface Span {
  field: string
  start: number
  end: number
  text: string
}

export interface Provenance {
  event_id: string
  extractor: string
  extractor_version: number
  /** With event id and version, the order of observations. */
  observed_at: number
  /** Names of the properties whose present value comes from this observation. */
  properties: string[]
  /** Relationship types of which this observation named every one that then held; `*` for all. */
  sections: string[]
  standing: '' | 'exists' | 'gone'
  spans: Span[]
}

/** Folded state of a node. */
export interface KnowledgeNode {
  tenant: string
  id: string
  type: string
  label: string
  properties_json: string
  /** The node that stands for the same person, where more refer to this one than can be led there. */
  same_as: string | null
  /** Other ids under which the same person was met. */
  identities: string[]
  client_ids: string[]
  first_seen: number
  last_seen: number
  provenance: Provenance[]
}

/** Folded state of a relationship. */
export interface KnowledgeRelationship {
  tenant: string
  id: string
  type: string
  from_id: string
  to_id: string
  properties_json: string
  client_ids: string[]
  first_seen: number
  last_seen: number
  valid_to: number | null
  provenance: Provenance[]
}

/** One record an extraction. */
export interface KnowledgeExtraction {
  tenant: string
  extraction_id: string
  event_id: string
  /** Whose data key encrypts the record: id of the conversation, else of the contact, client or event. */
  about_id: string | null
  client_id: string | null
  extractor: string
  extractor_version: number
  extracted_at: number
  node_ids: string[]
  relationship_ids: string[]
  /** The answer that a synchronous caller gets, as JSON bytes; null when nobody asks. */
  reply: Buffer | null
}
