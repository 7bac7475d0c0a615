import { Page } from '../ui/page.tsx'
import { Loading } from '../ui/query-state.tsx'

export function EndpointsPage() {
  return (
    <Page title="Endpoints">
      <Loading />
    </Page>
  )
}
