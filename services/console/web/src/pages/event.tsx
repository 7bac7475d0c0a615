import { Page } from '../ui/page.tsx'
import { Loading } from '../ui/query-state.tsx'

export function EventPage() {
  return (
    <Page title="Event">
      <Loading />
    </Page>
  )
}
