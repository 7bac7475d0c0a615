import { Badge } from '../../ui/badge.tsx'
import type { Grant } from './grant-fields.tsx'

/** Roles by tenant; `*` stands for all. */
export function RoleList({ of }: { readonly of: readonly Grant[] }) {
  if (of.length === 0) return <span className="soft">none</span>
  return (
    <span className="row">
      {of.map(({ tenant, role }) => (
        <Badge key={tenant}>
          {role} in {tenant === '*' ? 'all tenants' : tenant}
        </Badge>
      ))}
    </span>
  )
}
