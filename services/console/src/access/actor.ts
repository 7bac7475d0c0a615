import { type Grant, type Role, roleIn } from './roles.ts'

/** Who makes a request. */
export interface Actor {
  /** The user's id, or the token's. */
  readonly id: string
  readonly name: string
  readonly kind: 'user' | 'token'
  /** The user behind it: of a token, the one it belongs to. `host` for the token of the settings, which nobody in particular holds. */
  readonly personId: string
  readonly tokenId: string | null
  /** Of a login: SHA-256 of the cookie's value. */
  readonly sessionHash?: string
  readonly grants: readonly Grant[]
  /** The role in a tenant; undefined: no right there at all. */
  roleIn(tenant: string): Role | undefined
}

export function createActor(facts: Omit<Actor, 'roleIn'>): Actor {
  return { ...facts, roleIn: (tenant) => roleIn(facts.grants, tenant) }
}
