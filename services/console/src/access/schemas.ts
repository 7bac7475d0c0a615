import { z } from 'zod'
import type { Standing } from '../approve/standing.ts'
import { MAX_PASSWORD, MIN_PASSWORD } from './passwords.ts'
import { ALL_TENANTS, type Grant, roles } from './roles.ts'
import type { Token } from './tokens.ts'
import type { User } from './users.ts'

const time = z.int().describe('Epoch milliseconds.')

export const roleSchema = z.enum(roles).meta({ id: 'Role' })

export const grantSchema = z
  .strictObject({
    tenant: z.string().min(1).max(200).describe(`A tenant’s name, or \`${ALL_TENANTS}\` for all.`),
    role: roleSchema,
  })
  .meta({ id: 'Grant' })

/** At most one role a tenant: two would leave open which holds. */
export const grantsSchema = z
  .array(grantSchema)
  .max(100)
  .refine((grants) => new Set(grants.map(({ tenant }) => tenant)).size === grants.length, 'must name each tenant once')

export const nameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._@+-]{0,99}$/, 'must be 1 to 100 lower-case letters, digits and . _ @ + -')

export const passwordSchema = z
  .string()
  .min(MIN_PASSWORD, `must have at least ${MIN_PASSWORD} characters`)
  .max(MAX_PASSWORD, `must have at most ${MAX_PASSWORD} characters`)

export const userSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    roles: z.array(grantSchema),
    created_at: time,
    created_by: z.string().describe('Id of the user who made the account; `host` for the machine’s own.'),
    last_login_at: time.nullable(),
    has_password: z.boolean().describe('False until the one-time link was used and a password set.'),
    is_disabled: z.boolean(),
    counts_with: z
      .array(z.string())
      .describe('Names of the accounts with which it counts as one person where approval asks for two.'),
    needs_vouch: z
      .boolean()
      .describe(
        'Whether it counts as whoever made it, or gave its last link, until somebody independent vouches for it.',
      ),
  })
  .meta({ id: 'User' })

export const linkedUserSchema = z
  .object({
    user: userSchema,
    link: z.string().describe('One-time link with which the user logs in and sets a password. Told only here.'),
    link_expires_at: time,
  })
  .meta({ id: 'LinkedUser' })

export const tokenSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    user_id: z.string().describe('Whose it is; it never may do more than this user may. `host` for the machine’s own.'),
    roles: z.array(grantSchema),
    created_at: time,
    expires_at: time.nullable(),
    last_used_at: time.nullable().describe('To the minute.'),
  })
  .meta({ id: 'Token' })

export const meSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: z.enum(['user', 'token']),
    tenants: z.array(grantSchema).describe('Every tenant in which the caller has a right, by name.'),
    everywhere: roleSchema.nullable().describe('The role in all tenants, those to come included.'),
    csrf_token: z.string().nullable().describe('Goes into `x-csrf-token` of every write by session. Null for a token.'),
    vouch_code: z
      .string()
      .nullable()
      .describe(
        'What the user reads out to whoever vouches for them; of this session alone. Null for a token, and where a vouch would change nothing.',
      ),
    counts_with: z
      .array(z.string())
      .describe('Names of the accounts with which the user counts as one person where approval asks for two.'),
    has_password: z.boolean(),
    expires_at: time.nullable().describe('End of the session.'),
    approvals: z.enum(['two-person', 'one-person']).describe('Whether what needs approval needs another person.'),
    search: z
      .enum(['parts', 'words'])
      .describe('`words`: contents are encrypted, and lists are searched by whole words of people and subjects.'),
  })
  .meta({ id: 'Me' })

/** Query of a list. */
export const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(100),
  cursor: z.string().max(2_000).optional(),
})

/** A user as the API tells of them. */
export function showUser(
  { grants, createdAt, createdBy, lastLoginAt, hasPassword, isDisabled, ...user }: User,
  standingOf: (userId: string) => Standing,
): z.infer<typeof userSchema> {
  const { counts_with, needs_vouch } = standingOf(user.id)
  return {
    ...user,
    counts_with: [...counts_with],
    needs_vouch,
    roles: [...grants],
    created_at: createdAt,
    created_by: createdBy,
    last_login_at: lastLoginAt,
    has_password: hasPassword,
    is_disabled: isDisabled,
  }
}

/** A token as the API tells of it. */
export function showToken({
  grants,
  userId,
  createdAt,
  expiresAt,
  lastUsedAt,
  ...token
}: Token): z.infer<typeof tokenSchema> {
  return {
    ...token,
    user_id: userId,
    roles: sorted(grants),
    created_at: createdAt,
    expires_at: expiresAt,
    last_used_at: lastUsedAt,
  }
}

function sorted(grants: readonly Grant[]): Grant[] {
  return [...grants].sort((a, b) => (a.tenant < b.tenant ? -1 : 1))
}
