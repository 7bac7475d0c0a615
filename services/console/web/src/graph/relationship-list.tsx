import type { GraphNode, GraphRelationship, Neighbourhood } from '../app/answers.ts'
import { Panel } from '../ui/page.tsx'
import { Empty } from '../ui/query-state.tsx'
import { Time } from '../ui/time.tsx'
import { typeWords } from './node-kinds.ts'
import { NodeLink } from './node-link.tsx'

interface RelationshipListProps {
  readonly of: Neighbourhood
  readonly id: string
  readonly keep: Readonly<Record<string, string>>
}

/** The relationships of one node, by type and direction. */
export function RelationshipList({ of: { nodes, relationships }, id, keep }: RelationshipListProps) {
  const groups = groupsOf(relationships, id)
  const byId = new Map(nodes.map((node) => [node.id, node]))
  return (
    <Panel title="Relationships" isFlush>
      {groups.length === 0 ? (
        <Empty title="No relationship holds.">What has ended is shown when it is asked for above the picture.</Empty>
      ) : (
        <dl className="relationships">
          {groups.map(({ name, type, isOut, ends }) => (
            <div key={name}>
              <dt>
                <span aria-hidden="true">{isOut ? '→ ' : '← '}</span>
                {type} <span className="hidden-text">{isOut ? 'from this node' : 'to this node'}</span>
              </dt>
              <dd>
                <ul>
                  {ends.map(({ relationship, otherId }) => (
                    <li key={relationship.id}>
                      <NodeLink node={byId.get(otherId) ?? unknownNode(otherId)} keep={keep} />
                      {relationship.valid_to !== null && (
                        <span className="soft small">
                          {' '}
                          until <Time at={relationship.valid_to} />
                        </span>
                      )}
                    </li>
                  ))}
                </ul>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </Panel>
  )
}

interface Group {
  readonly name: string
  readonly type: string
  readonly isOut: boolean
  readonly ends: { readonly relationship: GraphRelationship; readonly otherId: string }[]
}

function groupsOf(relationships: readonly GraphRelationship[], id: string): Group[] {
  const groups = new Map<string, Group>()
  for (const relationship of relationships) {
    if (relationship.from_id !== id && relationship.to_id !== id) continue
    const isOut = relationship.from_id === id
    const type = typeWords(relationship.type)
    const name = `${type} ${isOut ? 'out' : 'in'}`
    const group = groups.get(name) ?? { name, type, isOut, ends: [] }
    group.ends.push({ relationship, otherId: isOut ? relationship.to_id : relationship.from_id })
    groups.set(name, group)
  }
  return [...groups.values()].sort((a, b) => a.name.localeCompare(b.name))
}

/** Beyond the bound of what was read. */
function unknownNode(id: string): Pick<GraphNode, 'id' | 'type' | 'label' | 'is_gone'> {
  return { id, type: id.split(':')[0] ?? '', label: '', is_gone: false }
}
