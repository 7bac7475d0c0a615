import { createContext, type ReactNode, useContext } from 'react'
import { mayIn, type Role, useMe } from './session.tsx'

const TenantContext = createContext<string | null>(null)

export function TenantProvider({ tenant, children }: { readonly tenant: string; readonly children: ReactNode }) {
  return <TenantContext value={tenant}>{children}</TenantContext>
}

/** The tenant that the page's address names. @throws Error outside of a tenant's pages. */
export function useTenant(): string {
  const tenant = useContext(TenantContext)
  if (tenant === null) throw new Error('useTenant outside of a tenant')
  return tenant
}

/** Whether the one who is logged in holds the role in this tenant. What it hides is also refused by the API. */
export function useCan(role: Role): boolean {
  return mayIn(useMe(), useTenant(), role)
}
