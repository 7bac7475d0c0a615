import { useMe } from './session.tsx'
import { useTenant } from './tenant.tsx'

/** Shown to those who have more than one tenant. A change starts the page anew, so that nothing of one tenant stays on the page of another. */
export function TenantChoice() {
  const { tenants } = useMe()
  const tenant = useTenant()
  if (tenants.length < 2) return null
  return (
    <select
      className="input bar-tenant"
      aria-label="Tenant"
      value={tenant}
      onChange={(event) => location.assign(`/t/${encodeURIComponent(event.target.value)}`)}
    >
      {tenants.map((one) => (
        <option key={one.tenant} value={one.tenant}>
          {one.tenant}
        </option>
      ))}
    </select>
  )
}
