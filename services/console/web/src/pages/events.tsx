import { Page } from '../ui/page.tsx'
import { Loading } from '../ui/query-state.tsx'

export function EventsPage() {
  return (
    <Page title="Events">
      <Loading />
    </Page>
  )
}
