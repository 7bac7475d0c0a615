import { useState } from 'react'
import { Redirect, Route, Switch, useLocation, useSearch } from 'wouter'
import { LinkLoginPage, LoginPage } from '../pages/login.tsx'
import { NoTenantPage } from '../pages/no-tenant.tsx'
import { Loading, ProblemNote } from '../ui/query-state.tsx'
import { MeProvider, useSession } from './session.tsx'
import { TenantPages } from './tenant-pages.tsx'

/** Who is there decides what is shown: nobody logs in, somebody gets the tenants that are theirs. */
export function App() {
  const [code, setCode] = useState(codeOfAddress)
  return (
    <Switch>
      {code !== null && (
        <Route path="/login">
          <LinkLoginPage code={code} onFailed={() => setCode(null)} />
        </Route>
      )}
      <Route>
        <Pages />
      </Route>
    </Switch>
  )
}

function Pages() {
  const session = useSession()
  if (session.isPending) return <Loading />
  if (session.data === undefined)
    return (
      <main className="login">
        <ProblemNote error={session.error ?? new Error('No answer')} onRetry={() => session.refetch()} />
      </main>
    )
  if (session.data === null) return <LoginPage />
  const first = session.data.tenants[0]
  return (
    <MeProvider me={session.data}>
      <Switch>
        <Route path="/t/:tenant" nest>
          {({ tenant }) => <TenantPages tenant={tenant} />}
        </Route>
        <Route>{first ? <InTenant tenant={first.tenant} /> : <NoTenantPage />}</Route>
      </Switch>
    </MeProvider>
  )
}

/** An address without a tenant is that of the first one's page, which may be none. */
function InTenant({ tenant }: { readonly tenant: string }) {
  const [path] = useLocation()
  const search = useSearch()
  const page = path === '/' || path === '/login' ? '' : path
  return <Redirect to={`/t/${encodeURIComponent(tenant)}${page}${search && `?${search}`}`} replace />
}

function codeOfAddress(): string | null {
  if (location.pathname !== '/login') return null
  return new URLSearchParams(location.hash.slice(1)).get('code')
}
