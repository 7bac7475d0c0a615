import { Page } from '../ui/page.tsx'
import { Loading } from '../ui/query-state.tsx'

export function ApprovalPage() {
  return (
    <Page title="Approval">
      <Loading />
    </Page>
  )
}
