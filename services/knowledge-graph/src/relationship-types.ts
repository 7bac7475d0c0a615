/**
 * Every relationship that the graph knows, one line each, directed from → to. A single one holds for at most one target at a time: a newer
 * statement moves it, so that a task never has two statuses. What a node's events state of itself belongs to that node, which alone ends it;
 * where that is the node that the relationship leads to, `statedBy` says so. `docs/graph.md` lists them from here.
 */
export const relationshipTypes = {
  belongs_to: { meaning: 'task → client that it is done for; a task that is posted for several belongs to each' },
  assigned_to: { meaning: 'task, conversation → person who is to do it' },
  created_by: { isSingle: true, meaning: 'task → person who created it' },
  watched_by: { meaning: 'task → person who follows it' },
  has_status: {
    isSingle: true,
    meaning: 'task, conversation → status; its colour and place are properties of the relationship',
  },
  has_priority: { isSingle: true, meaning: 'task → priority; its colour and place are properties of the relationship' },
  tagged: { meaning: 'task, conversation → tag; its colours are properties of the relationship' },
  has_custom_field: { meaning: 'task, conversation → value of one of its custom fields' },
  refers_to: { meaning: 'custom field value → person or task that it names' },
  in_inbox: { meaning: 'conversation → inbox that it is in' },
  owned_by: { isSingle: true, meaning: 'inbox, tag → team that owns it' },
  about: { meaning: 'conversation → person outside whom it is held with' },
  linked_to: { meaning: 'conversation → URL or person that Front links it to' },
  merged_into: { isSingle: true, meaning: 'conversation → conversation that goes on in its place' },
  part_of: { statedBy: 'to', meaning: 'message → conversation that it is part of' },
  sent_by: { meaning: 'message → person who sent or wrote it' },
  sent_to: { meaning: 'message → person who received it; `role` is to, cc or bcc' },
  has_email: { meaning: 'person → email address' },
  has_phone: { meaning: 'person → phone number' },
  member_of: { meaning: 'person → organisation, by the domain of a mail address' },
  mentions: { meaning: 'task, message, custom field value → what its text names; provenance holds the span' },
} as const satisfies Record<string, RelationshipRule>

interface RelationshipRule {
  readonly isSingle?: true
  readonly statedBy?: 'to'
  readonly meaning: string
}

export type RelationshipType = keyof typeof relationshipTypes

/** The rule of a type; one that this version does not know has several targets and is stated by the node that it starts from. */
export function ruleOf(type: string): RelationshipRule {
  return Object.hasOwn(relationshipTypes, type) ? relationshipTypes[type as RelationshipType] : { meaning: '' }
}
