import { useLeave } from '../app/session.tsx'
import { Button } from '../ui/button.tsx'
import { Page } from '../ui/page.tsx'
import { Empty } from '../ui/query-state.tsx'

export function NoTenantPage() {
  const leave = useLeave()
  return (
    <main className="content">
      <Page title="No tenant yet">
        <Empty title="You are logged in, but have no role in any tenant.">
          <p>An administrator gives one under “Users and tokens”.</p>
          <Button onClick={() => leave()}>Log out</Button>
        </Empty>
      </Page>
    </main>
  )
}
