import { Link } from 'wouter'
import type { GraphNodeDetail } from '../app/answers.ts'
import { tenantPath, useTenantGet } from '../app/api.ts'
import { queryString } from '../app/request.ts'
import { useTenant } from '../app/tenant.tsx'
import { CopyText } from '../ui/copy-text.tsx'
import { Facts, Panel } from '../ui/page.tsx'
import { QueryState } from '../ui/query-state.tsx'
import { Time } from '../ui/time.tsx'
import { typeWords } from './node-kinds.ts'
import { NodeLink } from './node-link.tsx'

/** What is known of one node, and which events say so. */
export function NodePanel({ id }: { readonly id: string }) {
  const query = useTenantGet<GraphNodeDetail>(`/graph/nodes/${encodeURIComponent(id)}`, { everyMs: 30_000 })
  return (
    <Panel title={query.data ? `${typeWords(query.data.type)}: ${query.data.label || id}` : 'Node'}>
      <QueryState query={query}>
        {(node) => (
          <div className="stack">
            <Facts
              of={[
                ['Id', <CopyText key="id" text={node.id} what="node id" />],
                ['Conversation', conversationLink(node)],
                ['Same as', node.same_as !== null && <NodeLink key="same" node={asNode(node.same_as)} />],
                ['Also met as', node.identities.length > 0 && node.identities.join(', ')],
                ['Clients', node.client_ids.join(', ')],
                ['First seen', <Time key="first" at={node.first_seen} />],
                ['Last seen', <Time key="last" at={node.last_seen} />],
                ...Object.entries(node.properties).map(([name, value]) => [typeWords(name), shown(value)] as const),
              ]}
            />
            <Provenance of={node.provenance} />
            {node.type === 'client' && <ExportLinks client={node.id} />}
          </div>
        )}
      </QueryState>
    </Panel>
  )
}

/** 0, false and null are values here; only a text is shown without its quotes. */
function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function asNode(id: string) {
  return { id, type: id.split(':')[0] ?? '', label: '', is_gone: false }
}

function conversationLink({ type, id }: GraphNodeDetail) {
  if (type !== 'conversation') return null
  const conversation = decodeURIComponent(id.split(':')[2] ?? '')
  return <Link href={`/conversations/${encodeURIComponent(conversation)}`}>{conversation}</Link>
}

const SHOWN_SOURCES = 6

function Provenance({ of }: { readonly of: GraphNodeDetail['provenance'] }) {
  if (of.length === 0) return null
  const newest = [...of].sort((a, b) => b.observed_at - a.observed_at).slice(0, SHOWN_SOURCES)
  return (
    <details open>
      <summary>Which events say so</summary>
      <ul className="sources">
        {newest.map(({ event_id, extractor, extractor_version, observed_at, properties, spans }) => (
          <li key={`${event_id} ${extractor}`}>
            <Link href={`/events/${encodeURIComponent(event_id)}`} className="mono small break">
              {event_id}
            </Link>{' '}
            <span className="soft small">
              {extractor} {extractor_version}, <Time at={observed_at} />
              {properties.length > 0 && `: ${properties.join(', ')}`}
            </span>
            {spans.slice(0, 2).map(({ field, start, text }) => (
              <q key={`${field} ${start}`} className="small break">
                {text}
              </q>
            ))}
          </li>
        ))}
      </ul>
      {of.length > newest.length && <p className="soft small">and {of.length - newest.length} more</p>}
    </details>
  )
}

function ExportLinks({ client }: { readonly client: string }) {
  const base = tenantPath(useTenant(), '/graph/export')
  const files = [
    { label: 'JSON', query: { client, format: 'json' } },
    { label: 'nodes.csv', query: { client, format: 'csv', part: 'nodes' } },
    { label: 'relationships.csv', query: { client, format: 'csv', part: 'relationships' } },
    { label: 'GraphML', query: { client, format: 'graphml' } },
  ]
  return (
    <p className="row">
      <span className="soft small">Export this client’s graph:</span>
      {files.map(({ label, query }) => (
        <a key={label} href={base + queryString(query)} download>
          {label}
        </a>
      ))}
    </p>
  )
}
