import { Page } from '../ui/page.tsx'
import { Loading } from '../ui/query-state.tsx'

export function OverviewPage() {
  return (
    <Page title="Overview">
      <Loading />
    </Page>
  )
}
