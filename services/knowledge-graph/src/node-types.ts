import { asId, type JsonObject } from '@millrace/domain'

/** Every kind of node, one line each; `label` lists the properties that may name it, best first. */
const nodeTypes = {
  client: { label: ['client_id'], meaning: 'a client, by the id that the caller uses' },
  task: { label: ['name', 'id'], meaning: 'a task, by its id; what it says of itself are its properties' },
  person: { label: ['username', 'email', 'id'], meaning: 'a person, by vendor id, else by email' },
  status: { label: ['name'], meaning: 'a status, by its name within the account' },
  priority: { label: ['name'], meaning: 'a priority, by its name within the account' },
  tag: { label: ['name'], meaning: 'a tag, by its name within the account' },
  custom_field_value: { label: ['name', 'field_id'], meaning: 'what one task has in one custom field' },
} as const satisfies Record<string, { readonly label: readonly string[]; readonly meaning: string }>

export type NodeType = keyof typeof nodeTypes

const MAX_LABEL_LENGTH = 200

/** The name to show of a node: the first of its type's label properties that can be one; empty when none is known. */
export function labelOf(type: string, properties: JsonObject): string {
  const names: readonly string[] = Object.hasOwn(nodeTypes, type) ? nodeTypes[type as NodeType].label : []
  const name = names.map((property) => nameIn(properties[property])).find((text) => text !== '')
  return (name ?? '').slice(0, MAX_LABEL_LENGTH).toWellFormed()
}

function nameIn(value: unknown): string {
  return typeof value === 'string' ? value.trim() : (asId(value) ?? '')
}
