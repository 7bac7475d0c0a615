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
import type { LedgerRecord, LedgerRows } from './rows.ts'

/** Tenant and id of a key `tenant/id`; neither is ever empty in what we write. */
export function partsOfKey(key: string): readonly [tenant: string, id: string] {
  const slash = key.indexOf('/')
  return slash < 0 ? [key, ''] : [key.slice(0, slash), key.slice(slash + 1)]
}

/** The last state of a conversation; which events it reflects first is told when it is written, beside the state before. */
export function projectSnapshot(rows: LedgerRows, record: LedgerRecord<ConversationSnapshot>): void {
  const { key, value, timestamp, subject = null } = record
  const [tenant, conversation_id] = partsOfKey(key)
  const facts = rows.snapshots.get(key) ?? { tenant, conversation_id, snapshots: [] }
  facts.snapshots.push({ at: timestamp, value, subject })
  rows.snapshots.set(key, facts)
  rows.changes.push({ tenant, kind: 'snapshot', id: conversation_id, at: timestamp })
}

export function projectNode(rows: LedgerRows, record: LedgerRecord<KnowledgeNode>): void {
  const { key, value, timestamp, subject = null } = record
  const [tenant, id] = partsOfKey(key)
  rows.changes.push({ tenant, kind: 'node', id, at: timestamp })
  rows.nodes.set(key, value === null ? { gone: [tenant, id] } : { subject, value })
}

export function projectRelationship(rows: LedgerRows, record: LedgerRecord<KnowledgeRelationship>): void {
  const { key, value, subject = null } = record
  rows.relationships.set(key, value === null ? { gone: partsOfKey(key) } : { subject, value })
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
