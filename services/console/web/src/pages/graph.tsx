import { Page } from '../ui/page.tsx'
import { Loading } from '../ui/query-state.tsx'

export function GraphPage() {
  return (
    <Page title="Graph">
      <Loading />
    </Page>
  )
}
