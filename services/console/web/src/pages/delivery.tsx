import { Page } from '../ui/page.tsx'
import { Loading } from '../ui/query-state.tsx'

export function DeliveryPage() {
  return (
    <Page title="Delivery">
      <Loading />
    </Page>
  )
}
