import { lazy, Suspense } from 'react'
import type { Neighbourhood } from '../app/answers.ts'
import { useTenantGet } from '../app/api.ts'
import { Checkbox, Select } from '../ui/field.tsx'
import { Panel } from '../ui/page.tsx'
import { Loading, QueryState } from '../ui/query-state.tsx'
import { useGraphSearch } from './graph-search.ts'
import { Legend } from './legend.tsx'
import { NodePanel } from './node-panel.tsx'
import { NodePicker } from './node-search.tsx'
import { RelationshipList } from './relationship-list.tsx'

/** The drawing library is large; it comes when a graph is to be drawn. */
const GraphCanvas = lazy(async () => ({ default: (await import('./graph-canvas.tsx')).GraphCanvas }))

const depths = [1, 2, 3, 4].map((steps) => ({ value: String(steps), label: steps === 1 ? '1 step' : `${steps} steps` }))

/** One node in the middle of what is around it. */
export function NodeView({ id }: { readonly id: string }) {
  const { values, change } = useGraphSearch()
  const depth = values.depth || '1'
  const query = useTenantGet<Neighbourhood>(`/graph/nodes/${encodeURIComponent(id)}/neighbours`, {
    query: { depth, ended: values.ended === 'true' },
    keepPrevious: true,
    everyMs: 30_000,
  })
  const keep = { depth: values.depth, ended: values.ended }
  return (
    <div className="columns has-side">
      <div className="stack">
        <Panel
          title={`Around ${query.data?.nodes.find((node) => node.id === id)?.label || 'it'}`}
          isFlush
          actions={
            <div className="graph-options">
              <Select
                label="How far"
                options={depths}
                value={depth}
                onValue={(next) => change({ depth: next === '1' ? '' : next })}
              />
              <Checkbox
                label="What has ended too"
                checked={values.ended === 'true'}
                onValue={(is) => change({ ended: is ? 'true' : '' })}
              />
            </div>
          }
        >
          <QueryState query={query}>
            {(around) => (
              <>
                <Suspense fallback={<Loading lines={6} />}>
                  <GraphCanvas
                    nodes={around.nodes}
                    relationships={around.relationships}
                    selected={id}
                    label={pictureWords(around)}
                    onSelect={(node) => node !== id && change({ node, q: '', type: '', client: '' })}
                  />
                </Suspense>
                <div className="graph-foot">
                  <Legend types={around.nodes.map(({ type }) => type)} />
                  {around.is_truncated && (
                    <p className="note is-warn small">
                      Only the nearest {around.nodes.length} nodes are shown; fewer steps show all of what is near.
                    </p>
                  )}
                </div>
              </>
            )}
          </QueryState>
        </Panel>
        <QueryState query={query}>{(around) => <RelationshipList of={around} id={id} keep={keep} />}</QueryState>
      </div>
      <div className="stack">
        <NodePanel id={id} />
        <NodePicker title="How it hangs together with" onPick={(to) => change({ to })} />
      </div>
    </div>
  )
}

function pictureWords({ nodes, relationships }: Neighbourhood): string {
  return `Picture of ${nodes.length} nodes and ${relationships.length} relationships; the lists on this page hold the same.`
}
