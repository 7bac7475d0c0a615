/**
 * Every relationship that the graph knows, one line each, directed from → to. A single one holds for at most one target at a time: a newer
 * observation moves it, so that a task never has two statuses.
 */
export const relationshipTypes = {
  belongs_to: { isSingle: false, meaning: 'task → client that it is done for' },
  assigned_to: { isSingle: false, meaning: 'task → person who is to do it' },
  created_by: { isSingle: true, meaning: 'task → person who created it' },
  watched_by: { isSingle: false, meaning: 'task → person who follows it' },
  has_status: {
    isSingle: true,
    meaning: 'task → status; colour, vendor id and place in the list are properties of the relationship',
  },
  has_priority: {
    isSingle: true,
    meaning: 'task → priority; colour, vendor id and place in the list are properties of the relationship',
  },
  tagged: { isSingle: false, meaning: 'task → tag; its colours are properties of the relationship' },
  has_custom_field: { isSingle: false, meaning: 'task → value of one of its custom fields' },
  refers_to: { isSingle: false, meaning: 'custom field value → person or task that it names' },
} as const

export type RelationshipType = keyof typeof relationshipTypes
