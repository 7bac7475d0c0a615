import { Page } from '../ui/page.tsx'
import { Loading } from '../ui/query-state.tsx'

export function SettingsPage() {
  return (
    <Page title="Settings">
      <Loading />
    </Page>
  )
}
