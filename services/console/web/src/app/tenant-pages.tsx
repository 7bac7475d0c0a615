import { Suspense } from 'react'
import { Route, Switch } from 'wouter'
import { NotFoundPage } from '../pages/not-found.tsx'
import { Loading } from '../ui/query-state.tsx'
import { PageErrors } from './page-errors.tsx'
import { routes } from './routes.ts'
import { useMe } from './session.tsx'
import { Shell } from './shell.tsx'
import { TenantProvider } from './tenant.tsx'

/** The pages of one tenant. One that the person has no right in is as unknown as one that is not there. */
export function TenantPages({ tenant }: { readonly tenant: string }) {
  const isMine = useMe().tenants.some((one) => one.tenant === tenant)
  return (
    <TenantProvider tenant={tenant}>
      <Shell>
        <PageErrors>
          <Suspense fallback={<Loading />}>
            {isMine ? (
              <Switch>
                {routes.map(({ path, component: Component }) => (
                  <Route<{ id?: string }> key={path} path={path}>
                    {({ id = '' }) => <Component key={id} id={id} />}
                  </Route>
                ))}
                <Route component={NotFoundPage} />
              </Switch>
            ) : (
              <NotFoundPage />
            )}
          </Suspense>
        </PageErrors>
      </Shell>
    </TenantProvider>
  )
}
