/** Node types of the graph by what they are about; the order is that of the legend. */
export const nodeKinds = [
  { kind: 'people', label: 'People and clients', types: ['client', 'person', 'team', 'organisation'] },
  { kind: 'talk', label: 'Conversations', types: ['conversation', 'message', 'inbox'] },
  { kind: 'work', label: 'Tasks', types: ['task', 'status', 'priority', 'tag', 'custom_field_value'] },
  { kind: 'address', label: 'Addresses', types: ['email_address', 'phone', 'url'] },
  { kind: 'fact', label: 'Dates and amounts', types: ['date', 'money'] },
] as const

export type NodeKind = (typeof nodeKinds)[number]['kind'] | 'other'

/** What a node is about; types that this page does not know are `other`. */
export function kindOf(type: string): NodeKind {
  return nodeKinds.find(({ types }) => types.some((each) => each === type))?.kind ?? 'other'
}

/** A type for a person to read: `email_address` → `email address`. */
export function typeWords(type: string): string {
  return type.replaceAll('_', ' ')
}

/** Names of the CSS variables that colour each kind; told apart by lightness as well as by hue. */
export const kindColors = {
  people: '--series-1',
  talk: '--series-4',
  work: '--series-3',
  address: '--series-2',
  fact: '--series-5',
  other: '--series-6',
} as const satisfies Readonly<Record<NodeKind, string>>
