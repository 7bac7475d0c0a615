import '../styles/graph.css'
import { useGraphSearch } from '../graph/graph-search.ts'
import { NodeSearch } from '../graph/node-search.tsx'
import { NodeView } from '../graph/node-view.tsx'
import { PathView } from '../graph/path-view.tsx'
import { Page } from '../ui/page.tsx'

/** The knowledge graph: find a node, look around it, find how two nodes hang together. All of it is in the address. */
export function GraphPage() {
  const { values } = useGraphSearch()
  return (
    <Page
      title="Knowledge graph"
      lead="People, conversations, tasks and what they name, as events told of them. Begin with a name, an address, a client or an id."
    >
      <div className="stack">
        <NodeSearch isOpen={values.node === ''} />
        {values.node !== '' &&
          (values.to === '' ? <NodeView id={values.node} /> : <PathView from={values.node} to={values.to} />)}
      </div>
    </Page>
  )
}
