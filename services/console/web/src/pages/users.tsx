import { Page } from '../ui/page.tsx'
import { Loading } from '../ui/query-state.tsx'

export function UsersPage() {
  return (
    <Page title="Users">
      <Loading />
    </Page>
  )
}
