import type { KnowledgeRelationship } from '@millrace/schemas'

/** What a walk needs of a relationship. */
export type Edge = Pick<KnowledgeRelationship, 'type' | 'from_id' | 'to_id'>

/**
 * How a node belongs to a client's graph, and with that, what is reached from it:
 * - `own`: the client, its tasks, the conversations about its contacts and their messages. All they say, and what is part of them.
 * - `contact`: a person whose address or number the client's own texts name. Conversations about a contact are the client's.
 * - `lead`: such an address or number.
 * - `named`: whatever else they name: what it says of itself, but neither other tasks nor other clients, nor who else is related to it. Without
 *   that bound a status or a colleague would lead to every other client.
 */
export type Role = 'own' | 'contact' | 'lead' | 'named'

const strength: Readonly<Record<Role, number>> = { own: 3, contact: 2, lead: 1, named: 0 }

/** Relationships that are followed against their direction, by the role of the node that they lead to. */
const followedBack: Readonly<Record<Role, Readonly<Record<string, Role>>>> = {
  own: { belongs_to: 'own', part_of: 'own', merged_into: 'own' },
  contact: { about: 'own' },
  lead: { has_email: 'contact', has_phone: 'contact' },
  named: {},
}
/** Their own relationships are their own client's. */
const closed = new Set(['client', 'task', 'conversation'])
const leads = new Set(['email_address', 'phone'])

/** The type of a node, which its id begins with. */
export function typeOf(id: string): string {
  return id.slice(0, Math.max(0, id.indexOf(':')))
}

/** The node that an edge leads to from those that are known, and its role there; undefined when the edge is not the client's. */
export function stepOf(
  edge: Edge,
  roles: ReadonlyMap<string, Role>,
): { readonly id: string; readonly role: Role } | undefined {
  const back = roles.get(edge.to_id)
  const role = back === undefined ? undefined : followedBack[back][edge.type]
  if (role !== undefined) return { id: edge.from_id, role }
  const from = roles.get(edge.from_id)
  if (from === undefined || (from === 'named' && closed.has(typeOf(edge.from_id)))) return undefined
  return { id: edge.to_id, role: edge.type === 'mentions' && leads.has(typeOf(edge.to_id)) ? 'lead' : 'named' }
}

/** Notes a role; the stronger one stays. Answers whether that was news. */
export function noteRole(roles: Map<string, Role>, id: string, role: Role): boolean {
  const known = roles.get(id)
  if (known !== undefined && strength[known] >= strength[role]) return false
  roles.set(id, role)
  return true
}

/** The roles of all nodes that are reached from `roots` over these edges; ends, whatever circles there are. */
export function rolesFrom(roots: Iterable<string>, edges: Iterable<Edge>): Map<string, Role> {
  const roles = new Map<string, Role>(Array.from(roots, (id) => [id, 'own']))
  const all = [...edges]
  for (let isNew = true; isNew; ) {
    isNew = false
    for (const edge of all) {
      const step = stepOf(edge, roles)
      if (step !== undefined && noteRole(roles, step.id, step.role)) isNew = true
    }
  }
  return roles
}
