import { z } from 'zod'
import { defineGlobalRoutes } from '../access/define-routes.ts'
import { ofAll } from '../access/grants.ts'
import { rolesText } from '../access/roles.ts'
import { grantsSchema, listQuery, showToken, tokenSchema } from '../access/schemas.ts'
import { addToken, listTokens, removeToken } from '../access/tokens.ts'
import { ConsoleError } from '../errors.ts'
import { pageFrom, readCursor } from '../read/cursor.ts'

const tags = ['access']
const DAY_MS = 86_400_000
const newToken = z
  .strictObject({
    name: z.string().trim().min(1).max(100).describe('What it is for.'),
    roles: grantsSchema.min(1, 'must have at least one role'),
    expires_in_days: z.int().min(1).max(3_650).nullable().default(90).describe('Null: it does not expire.'),
  })
  .meta({ id: 'NewToken' })
const madeToken = z
  .object({ token: tokenSchema, secret: z.string().describe('The bearer token. Told only here.') })
  .meta({ id: 'MadeToken' })
const tokensPage = z
  .object({ items: z.array(tokenSchema), next_cursor: z.string().nullable() })
  .meta({ id: 'TokenPage' })

export const tokensRoutes = defineGlobalRoutes((app, deps) => {
  const config = { role: 'signed-in' } as const
  app.get(
    '/tokens',
    {
      config,
      schema: {
        operationId: 'listTokens',
        summary: 'One’s own tokens; everybody’s for an administrator of everything',
        tags,
        querystring: listQuery,
        response: { 200: tokensPage },
      },
    },
    async ({ actor, query: { limit, cursor } }) => {
      const userId = ofAll(actor.grants) === 'admin' ? undefined : actor.personId
      const after = readCursor(cursor, z.tuple([z.string()]))?.[0]
      const tokens = await listTokens(deps.db, { userId, limit: limit + 1, after })
      return pageFrom(tokens, limit, ({ id }) => [id], showToken)
    },
  )
  app.post(
    '/tokens',
    {
      config,
      schema: {
        operationId: 'addToken',
        summary: 'Make a token for a program; it may do no more than whoever makes it, now and later',
        tags,
        body: newToken,
        response: { 201: madeToken },
      },
    },
    async ({ actor, session, body }, reply) => {
      // One that leaked would otherwise live on in others after it is revoked.
      if (session === undefined && actor.tokenId !== actor.personId)
        throw new ConsoleError('MR_CONSOLE_FORBIDDEN', { detail: 'A token makes no tokens; log in for that.' })
      const made = await deps.db.transaction().execute(async (trx) => {
        const now = Date.now()
        const expiresAt = body.expires_in_days === null ? null : now + body.expires_in_days * DAY_MS
        const { token, secret } = await addToken(trx, actor, { name: body.name, grants: body.roles, expiresAt }, now)
        const detail = { name: token.name, roles: rolesText(token.grants), expires_at: expiresAt }
        await deps.audit.append(
          { actor, tenant: '', action: 'token.create', subject: token.id, outcome: 'done', detail },
          trx,
        )
        return { token: showToken(token), secret }
      })
      return reply.code(201).send(made)
    },
  )
  app.delete(
    '/tokens/:token_id',
    {
      config,
      schema: {
        operationId: 'removeToken',
        summary: 'Revoke a token of one’s own, or anybody’s as administrator of everything; it ends at once',
        tags,
        params: z.object({ token_id: z.string().max(100) }),
        response: { 204: z.null().describe('It is gone') },
      },
    },
    async ({ actor, params: { token_id } }, reply) => {
      const isAdmin = ofAll(actor.grants) === 'admin'
      await deps.db.transaction().execute(async (trx) => {
        const name = await removeToken(trx, token_id, isAdmin ? undefined : actor.personId)
        await deps.audit.append(
          { actor, tenant: '', action: 'token.revoke', subject: token_id, outcome: 'done', detail: { name } },
          trx,
        )
      })
      return reply.code(204).send(null)
    },
  )
})
