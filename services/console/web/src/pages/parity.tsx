import { Page } from '../ui/page.tsx'
import { Loading } from '../ui/query-state.tsx'

export function ParityPage() {
  return (
    <Page title="Parity">
      <Loading />
    </Page>
  )
}
