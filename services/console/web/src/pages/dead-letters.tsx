import { Page } from '../ui/page.tsx'
import { Loading } from '../ui/query-state.tsx'

export function DeadLettersPage() {
  return (
    <Page title="DeadLetters">
      <Loading />
    </Page>
  )
}
