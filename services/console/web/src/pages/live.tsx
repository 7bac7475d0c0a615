import { Page } from '../ui/page.tsx'
import { Loading } from '../ui/query-state.tsx'

export function LivePage() {
  return (
    <Page title="Live">
      <Loading />
    </Page>
  )
}
