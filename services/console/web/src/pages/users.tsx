import { useMe } from '../app/session.tsx'
import { Page } from '../ui/page.tsx'
import { TokensPanel } from './users/tokens-panel.tsx'
import { UsersPanel } from './users/users-panel.tsx'
import { VouchCode } from './users/vouch-code.tsx'

/** Who and what may come in: people for an administrator of everything, and everybody's own tokens. */
export function UsersPage() {
  const isAdmin = useMe().everywhere === 'admin'
  return (
    <Page title="Users and tokens">
      <div className="stack">
        {isAdmin && <UsersPanel />}
        <TokensPanel isAdmin={isAdmin} />
        <VouchCode />
      </div>
    </Page>
  )
}
