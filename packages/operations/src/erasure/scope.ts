import type { ErasureSubject } from './subject.ts'

/** A data subject: whose data keys are destroyed. */
export interface DataSubject {
  /** `record`: an event that names no conversation, contact or client. `node`: a node of the graph. */
  readonly kind: 'conversation' | 'contact' | 'client' | 'record' | 'node'
  /** The part of the record key after the tenant. */
  readonly id: string
}

/** A node of the graph that knows something of it, and of others too. */
export interface TouchedNode {
  readonly id: string
  /** What it has to forget: what these events and snapshots said. */
  readonly events: readonly string[]
  /** It is older than what is known of who named it: it may be another's. */
  readonly isOld?: boolean
}

/** Everything that belongs to what is erased, found before anything is done. */
export interface ErasureScope {
  readonly tenant: string
  readonly subject: ErasureSubject
  /** Whose keys are destroyed. */
  readonly dataSubjects: readonly DataSubject[]
  /** Ids of events. */
  readonly events: readonly ScopedEvent[]
  /** Accounts that the events came by. */
  readonly accounts: readonly string[]
  readonly endpoints: readonly string[]
  readonly nodes: readonly TouchedNode[]
  /** Of nodes that are data subjects: relationships that lead from or to one. */
  readonly relationships: readonly string[]
  /** Epoch milliseconds: what was written until then has been looked through; what came later nobody may be able to open any more. */
  readonly knownUntil: number
}

export interface ScopedEvent {
  readonly id: string
  /** Its conversation's id; null where it has none. */
  readonly conversation: string | null
  /** Under which its answer is kept for a synchronous caller. */
  readonly reply_key: string
}

/** Conversations of a scope, by id. */
export function conversationsOf({ dataSubjects }: Pick<ErasureScope, 'dataSubjects'>): string[] {
  return dataSubjects.flatMap(({ kind, id }) => (kind === 'conversation' ? [id] : []))
}

/** Nodes that are of it alone, by id. */
export function ownNodesOf({ dataSubjects }: Pick<ErasureScope, 'dataSubjects'>): string[] {
  return dataSubjects.flatMap(({ kind, id }) => (kind === 'node' ? [id] : []))
}

/** Names of data subjects, as keys are made for them: `tenant/…`. */
export function keySubjectsOf({ tenant, dataSubjects }: Pick<ErasureScope, 'tenant' | 'dataSubjects'>): string[] {
  return dataSubjects.map(({ id }) => `${tenant}/${id}`)
}
