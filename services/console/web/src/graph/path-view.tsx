import { lazy, Suspense } from 'react'
import type { GraphPath } from '../app/answers.ts'
import { useTenantGet } from '../app/api.ts'
import { Button } from '../ui/button.tsx'
import { Panel } from '../ui/page.tsx'
import { Empty, Loading, QueryState } from '../ui/query-state.tsx'
import { useGraphSearch } from './graph-search.ts'
import { typeWords } from './node-kinds.ts'
import { NodeLink } from './node-link.tsx'

const GraphCanvas = lazy(async () => ({ default: (await import('./graph-canvas.tsx')).GraphCanvas }))

/** The shortest way between two nodes, as a picture and as a list of its steps. */
export function PathView({ from, to }: { readonly from: string; readonly to: string }) {
  const { values, change } = useGraphSearch()
  const query = useTenantGet<GraphPath>('/graph/path', { query: { from, to, ended: values.ended === 'true' } })
  return (
    <Panel
      title="The shortest way"
      isFlush
      actions={<Button onClick={() => change({ to: '' })}>Back to the node</Button>}
    >
      <QueryState
        query={query}
        isEmpty={({ is_found }) => !is_found}
        empty={
          <Empty title="No way was found between these two.">
            {query.data?.is_exhausted === false
              ? 'The search ended at its bound of steps, so there may be a longer one.'
              : 'Nothing that holds now connects them.'}
          </Empty>
        }
      >
        {(path) => (
          <>
            <Suspense fallback={<Loading lines={6} />}>
              <GraphCanvas
                nodes={path.nodes}
                relationships={path.relationships}
                selected={from}
                isLine
                label={`Picture of a way of ${path.relationships.length} steps; the list below holds the same.`}
                onSelect={(node) => change({ node, to: '' })}
              />
            </Suspense>
            <ol className="path">
              {path.nodes.map((node, at) => (
                <li key={node.id}>
                  <NodeLink node={node} />
                  <Step of={path} at={at} />
                </li>
              ))}
            </ol>
          </>
        )}
      </QueryState>
    </Panel>
  )
}

function Step({ of: { nodes, relationships }, at }: { readonly of: GraphPath; readonly at: number }) {
  const relationship = relationships[at]
  if (relationship === undefined) return null
  const isForward = relationship.from_id === nodes[at]?.id
  return (
    <span className="path-step soft small">
      {isForward ? '↓' : '↑'} {typeWords(relationship.type)}
    </span>
  )
}
