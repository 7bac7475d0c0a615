import { Suspense } from 'react'
import { Route, Switch } from 'wouter'
import { NotFoundPage } from '../pages/not-found.tsx'
import { Loading } from '../ui/query-state.tsx'
import { PageErrors } from './page-errors.tsx'
import { type RouteOf, routes } from './routes.ts'
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
                  <Route key={path} path={path}>
                    {() => <IdOf path={path} component={Component} />}
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

/** wouter decodes a part of an address only; ids may hold what it leaves (`:`, `/`) and percent signs of their own. */
function IdOf({ path, component: Component }: Pick<RouteOf, 'path' | 'component'>) {
  const encoded = path.endsWith('/:id') ? (location.pathname.split('/').at(-1) ?? '') : ''
  const id = decoded(encoded)
  return <Component key={id} id={id} />
}

function decoded(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return encoded
  }
}
