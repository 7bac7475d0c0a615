import type { InRecord } from '@millrace/kafka'
import type {
  ConversationSnapshot,
  Endpoint,
  EndpointState,
  IngestMode,
  KnowledgeNode,
  KnowledgeRelationship,
  PollPosition,
} from '@millrace/schemas'
import type { LedgerRows } from './rows.ts'

/** Tenant and id of a key `tenant/id`; neither is ever empty in what we write. */
export function partsOfKey(key: string): readonly [tenant: string, id: string] {
  const slash = key.indexOf('/')
  return slash < 0 ? [key, ''] : [key.slice(0, slash), key.slice(slash + 1)]
}

/** The last state of a conversation; which events it reflects first is told when it is written, beside the state before. */
export function projectSnapshot(rows: LedgerRows, { key, value, timestamp }: InRecord<ConversationSnapshot>): void {
  const [tenant, conversation_id] = partsOfKey(key)
  const facts = rows.snapshots.get(key) ?? { tenant, conversation_id, snapshots: [] }
  facts.snapshots.push({ at: timestamp, value })
  rows.snapshots.set(key, facts)
  rows.changes.push({ tenant, kind: 'snapshot', id: conversation_id, at: timestamp })
}

export function projectNode(rows: LedgerRows, { key, value, timestamp }: InRecord<KnowledgeNode>): void {
  const [tenant, id] = partsOfKey(key)
  rows.changes.push({ tenant, kind: 'node', id, at: timestamp })
  if (value === null) {
    rows.nodes.set(key, { gone: [tenant, id] })
    return
  }
  const { properties_json, ...kept } = value
  rows.nodes.set(key, { ...kept, properties: parsed(properties_json) })
}

export function projectRelationship(rows: LedgerRows, { key, value }: InRecord<KnowledgeRelationship>): void {
  if (value === null) {
    rows.relationships.set(key, { gone: partsOfKey(key) })
    return
  }
  const { properties_json, ...kept } = value
  rows.relationships.set(key, { ...kept, properties: parsed(properties_json) })
}

/** Without what is sealed: nobody who reads the ledger has a use for it. */
export function projectEndpoint(rows: LedgerRows, { key, value }: InRecord<Endpoint>): void {
  if (value === null) {
    rows.endpoints.set(key, { gone: partsOfKey(key) })
    return
  }
  const { sealed_headers, secrets, ...config } = value
  const { tenant, endpoint_id, url, kind, description, is_enabled, created_at, updated_at } = value
  rows.endpoints.set(key, {
    ...{ tenant, endpoint_id, url, kind, description, is_enabled, created_at, updated_at },
    config: {
      ...config,
      header_names: Object.keys(sealed_headers),
      secrets: secrets.map(({ sealed: _, ...secret }) => secret),
    },
  })
}

export function projectEndpointState(rows: LedgerRows, { key, value }: InRecord<EndpointState>): void {
  if (value === null) {
    rows.endpointStates.set(key, { gone: partsOfKey(key) })
    return
  }
  const { noticed_percent: _, ...kept } = value
  rows.endpointStates.set(key, kept)
}

export function projectMode(rows: LedgerRows, { key, value }: InRecord<IngestMode>): void {
  rows.modes.set(key, value ?? { gone: partsOfKey(key) })
}

export function projectPollPosition(rows: LedgerRows, { key, value }: InRecord<PollPosition>): void {
  rows.pollPositions.set(key, value ?? { gone: partsOfKey(key) })
}

/** What claims to be JSON and is none is kept as the text that it is. */
export function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}
