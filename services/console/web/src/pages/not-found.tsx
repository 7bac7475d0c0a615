import { Link } from 'wouter'
import { Page } from '../ui/page.tsx'
import { Empty } from '../ui/query-state.tsx'

export function NotFoundPage() {
  return (
    <Page title="Not found">
      <Empty title="There is no such page, or none that you may see.">
        <Link href="/">Overview</Link>
      </Empty>
    </Page>
  )
}
