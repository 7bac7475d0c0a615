import type { KnowledgeNode, KnowledgeRelationship } from '@millrace/schemas'
import type { Role } from './walk.ts'

/** What is known of a client, as exported. Nodes and relationships are in the order of their ids. */
export interface ClientGraph {
  readonly tenant: string
  readonly clientId: string
  /** Ids of the client's nodes, one for each account that knows the client. */
  readonly roots: readonly string[]
  readonly nodes: ReadonlyMap<string, KnowledgeNode>
  readonly relationships: readonly KnowledgeRelationship[]
  readonly roles: ReadonlyMap<string, Role>
}

export type Properties = Readonly<Record<string, unknown>>

/** The properties of a node or relationship; those of one whose JSON cannot be read are shown as that text. */
export function propertiesOf({ properties_json }: { readonly properties_json: string }): Properties {
  try {
    const value: unknown = JSON.parse(properties_json)
    return typeof value === 'object' && value !== null ? (value as Properties) : { value }
  } catch {
    return { properties_json }
  }
}
