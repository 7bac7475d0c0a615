import { Page } from '../ui/page.tsx'
import { Loading } from '../ui/query-state.tsx'

export function EndpointPage() {
  return (
    <Page title="Endpoint">
      <Loading />
    </Page>
  )
}
