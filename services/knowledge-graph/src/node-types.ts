import { asId, type JsonObject } from '@millrace/domain'

/** Every kind of node, one line each; `label` lists the properties that may name it, best first. */
export const nodeTypes = {
  client: { label: ['client_id'], meaning: 'a client, by the id that the caller uses' },
  task: { label: ['name', 'custom_id', 'id'], meaning: 'a task, by its id; what it says of itself are its properties' },
  conversation: { label: ['subject', 'id'], meaning: "a conversation, by the provider's id" },
  message: {
    label: ['subject', 'blurb', 'id'],
    meaning: "a message or comment of a conversation, by the provider's id",
  },
  person: {
    label: ['name', 'username', 'email', 'handle', 'phone'],
    meaning: 'a person: by email, else phone number, else vendor id or handle',
  },
  status: {
    label: ['name'],
    meaning: 'a status, by its name within the account; those of conversations are their own',
  },
  priority: { label: ['name'], meaning: 'a priority, by its name within the account' },
  tag: {
    label: ['name', 'id'],
    meaning: "a tag, by its name within the account (ClickUp) or the provider's id (Front)",
  },
  inbox: { label: ['name', 'address', 'id'], meaning: "an inbox, by the provider's id" },
  team: { label: ['name', 'id'], meaning: "a team, by the provider's id" },
  custom_field_value: { label: ['name', 'field_id'], meaning: 'what one task or conversation has in one custom field' },
  email_address: { label: ['address'], meaning: 'an email address, lower-cased' },
  phone: { label: ['number'], meaning: 'a phone number in E.164' },
  url: { label: ['name', 'url'], meaning: 'a URL, normalised' },
  date: { label: ['date'], meaning: 'a date that a text names; it belongs to what the text is of' },
  money: { label: ['money'], meaning: 'an amount of money that a text names; it belongs to what the text is of' },
  organisation: {
    label: ['name', 'domain'],
    meaning: 'an organisation, by its mail domain or its plain name; never a free-mail domain',
  },
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
