/** What somebody or something to be erased is known by. */
export const kinds = [
  { value: 'email', label: 'Email address' },
  { value: 'conversation', label: 'Conversation' },
  { value: 'contact', label: 'Contact' },
  { value: 'client', label: 'Client' },
] as const

export function kindLabel(kind: string): string {
  return kinds.find(({ value }) => value === kind)?.label ?? kind
}
