import { type Role, useMe } from '../../app/session.tsx'
import { Select } from '../../ui/field.tsx'

export interface Grant {
  readonly tenant: string
  readonly role: Role
}

interface GrantFieldsProps {
  readonly grants: readonly Grant[]
  readonly onChange: (grants: readonly Grant[]) => void
}

const roles = [
  { value: '', label: 'no role' },
  { value: 'viewer', label: 'viewer: sees' },
  { value: 'operator', label: 'operator: steers and asks' },
  { value: 'approver', label: 'approver: decides too' },
  { value: 'admin', label: 'admin: users and settings too' },
]

/** One role for each tenant, and one for all of them. */
export function GrantFields({ grants, onChange }: GrantFieldsProps) {
  const { tenants, everywhere } = useMe()
  const names = [...(everywhere ? ['*'] : []), ...tenants.map(({ tenant }) => tenant)]
  const shown = [...new Set([...names, ...grants.map(({ tenant }) => tenant)])]
  const change = (tenant: string, role: string) => {
    const others = grants.filter((grant) => grant.tenant !== tenant)
    onChange(role === '' ? others : [...others, { tenant, role: role as Role }])
  }
  return (
    <fieldset className="grants">
      <legend className="small soft">Roles</legend>
      {shown.map((tenant) => (
        <Select
          key={tenant}
          label={tenant === '*' ? 'In all tenants' : `In ${tenant}`}
          options={roles}
          value={grants.find((grant) => grant.tenant === tenant)?.role ?? ''}
          onValue={(role) => change(tenant, role)}
        />
      ))}
    </fieldset>
  )
}
