import { Page } from '../ui/page.tsx'
import { Loading } from '../ui/query-state.tsx'

export function ApprovalsPage() {
  return (
    <Page title="Approvals">
      <Loading />
    </Page>
  )
}
