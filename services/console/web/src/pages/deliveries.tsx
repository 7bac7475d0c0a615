import { Page } from '../ui/page.tsx'
import { Loading } from '../ui/query-state.tsx'

export function DeliveriesPage() {
  return (
    <Page title="Deliveries">
      <Loading />
    </Page>
  )
}
