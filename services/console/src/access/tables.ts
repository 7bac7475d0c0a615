import type { Role } from './roles.ts'

/** Rows that access owns; times are epoch milliseconds. They are no projection: wiping them loses accounts. */
export interface AccessTables {
  users: UserRow
  user_roles: UserRoleRow
  tokens: TokenRow
  token_roles: TokenRoleRow
  sessions: SessionRow
  login_codes: LoginCodeRow
  login_failures: LoginFailureRow
}

/** The id of whoever has the machine: made the first link, or used the command line on the host. */
export const HOST = 'host'

export interface UserRow {
  id: string
  /** Lower case; what one logs in with. */
  name: string
  email: string | null
  /** PHC string of argon2id; null until a password is set. */
  password: string | null
  created_at: number
  created_by: string
  /** Who gave the last one-time link, and when; a change of one's own password is none. */
  credentials_by: string
  credentials_at: number
  last_login_at: number | null
  is_disabled: boolean
}

interface UserRoleRow {
  user_id: string
  /** `*`: all tenants. */
  tenant: string
  role: Role
  granted_at: number
  granted_by: string
}

export interface TokenRow {
  id: string
  /** SHA-256 of the token: it is long and random, so that a slow hash would only cost. */
  hash: string
  name: string
  /** Whose it is: it never has more rights than this user. */
  user_id: string
  created_at: number
  created_by: string
  expires_at: number | null
  last_used_at: number | null
}

interface TokenRoleRow {
  token_id: string
  tenant: string
  role: Role
}

export interface SessionRow {
  /** SHA-256 of the cookie's value. */
  hash: string
  user_id: string
  csrf_token: string
  /** Begun by a one-time code: may set a password without knowing the one before. */
  is_by_code: boolean
  created_at: number
  last_seen_at: number
  expires_at: number
}

interface LoginCodeRow {
  /** SHA-256 of the code. */
  hash: string
  /** Null: makes the first administrator. */
  user_id: string | null
  created_at: number
  created_by: string
  expires_at: number
  used_at: number | null
}

interface LoginFailureRow {
  /** SHA-256 of the name that was tried: people type passwords there. */
  name_hash: string
  failures: number
  first_at: number
}
