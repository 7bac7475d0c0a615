/** What somebody may do in a tenant; each role includes those before it. */
export const roles = ['viewer', 'operator', 'approver', 'admin'] as const
export type Role = (typeof roles)[number]

/** Stands for every tenant in a grant. */
export const ALL_TENANTS = '*'

/** A role in one tenant, or in all (`*`). */
export interface Grant {
  readonly tenant: string
  readonly role: Role
}

/** Whether a role is enough where another is asked for. */
export function isAtLeast(role: Role | undefined, needed: Role): boolean {
  return role !== undefined && roles.indexOf(role) >= roles.indexOf(needed)
}

/** The strongest role that grants give in a tenant, those for all tenants included; undefined: none. */
export function roleIn(grants: readonly Grant[], tenant: string): Role | undefined {
  const given = grants.filter((grant) => grant.tenant === tenant || grant.tenant === ALL_TENANTS)
  return given
    .map(({ role }) => role)
    .reduce<Role | undefined>((best, role) => (isAtLeast(best, role) ? best : role), undefined)
}

/** Grants in one line, for the audit. */
export function rolesText(grants: readonly Grant[]): string {
  return grants.map(({ tenant, role }) => `${tenant}:${role}`).join(' ')
}
