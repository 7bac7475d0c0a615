import { ALL_TENANTS, type Grant, isAtLeast, type Role, roleIn } from './roles.ts'

/** The weaker of two roles; undefined where one is none. */
function weaker(a: Role | undefined, b: Role | undefined): Role | undefined {
  if (a === undefined || b === undefined) return undefined
  return isAtLeast(a, b) ? b : a
}

/** What a token may do: what it was given, as far as the user behind it may do so now. */
export function limitGrants(given: readonly Grant[], owner: readonly Grant[]): Grant[] {
  const tenants = new Set([...given, ...owner].map(({ tenant }) => tenant))
  return [...tenants].flatMap((tenant) => {
    const role =
      tenant === ALL_TENANTS ? weaker(ofAll(given), ofAll(owner)) : weaker(roleIn(given, tenant), roleIn(owner, tenant))
    return role === undefined ? [] : [{ tenant, role }]
  })
}

/** The grants of `wanted` that go beyond what somebody has. */
export function beyond(wanted: readonly Grant[], has: readonly Grant[]): Grant[] {
  return wanted.filter(
    ({ tenant, role }) => !isAtLeast(tenant === ALL_TENANTS ? ofAll(has) : roleIn(has, tenant), role),
  )
}

/** The role in all tenants. */
export function ofAll(grants: readonly Grant[]): Role | undefined {
  return grants.find(({ tenant }) => tenant === ALL_TENANTS)?.role
}
