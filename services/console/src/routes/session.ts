import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { clearSessionCookie, setSessionCookie } from '../access/cookie.ts'
import { defineGlobalRoutes } from '../access/define-routes.ts'
import { showMe } from '../access/me.ts'
import { meSchema, passwordSchema } from '../access/schemas.ts'
import { endSession, type NewSession } from '../access/sessions.ts'
import type { Deps } from '../deps.ts'
import { ConsoleError } from '../errors.ts'

const tags = ['access']
const loginBody = z
  .union([
    z.strictObject({ name: z.string().max(200), password: z.string().max(1_000) }),
    z.strictObject({ code: z.string().max(200).describe('Of a one-time link.') }),
  ])
  .meta({ id: 'Login' })
const passwordBody = z
  .strictObject({
    password: passwordSchema,
    current: z.string().max(1_000).optional().describe('Needed unless the session was begun by a one-time link.'),
  })
  .meta({ id: 'NewPassword' })

export const sessionRoutes = defineGlobalRoutes((app, deps) => {
  app.post(
    '/login',
    {
      config: { role: 'open', limit: 'logins' },
      schema: {
        operationId: 'logIn',
        summary: 'Begin a session, by name and password or by the code of a one-time link',
        tags,
        body: loginBody,
        response: { 200: meSchema },
      },
    },
    async ({ body }, reply) => {
      const { accounts } = deps
      const begun =
        'code' in body ? accounts.logInByCode(body.code) : accounts.logIn(body.name.toLowerCase(), body.password)
      return welcome(deps, reply, await begun)
    },
  )
  app.post(
    '/logout',
    {
      config: { role: 'signed-in' },
      schema: {
        operationId: 'logOut',
        summary: 'End this session',
        tags,
        response: { 204: z.null().describe('It is over') },
      },
    },
    async ({ session }, reply) => {
      if (session !== undefined) await endSession(deps.db, session.hash)
      clearSessionCookie(reply)
      return reply.code(204).send(null)
    },
  )
  app.get(
    '/me',
    {
      config: { role: 'signed-in' },
      schema: {
        operationId: 'getMe',
        summary: 'Who the caller is, and what they may do where',
        tags,
        response: { 200: meSchema },
      },
    },
    async ({ actor, session }) => showMe(deps, actor, session),
  )
  app.put(
    '/me/password',
    {
      config: { role: 'signed-in', limit: 'logins' },
      schema: {
        operationId: 'setMyPassword',
        summary: 'Set one’s own password; all other sessions end',
        tags,
        body: passwordBody,
        response: { 204: z.null().describe('It is set') },
      },
    },
    async ({ actor, session, body }, reply) => {
      if (session === undefined) throw new ConsoleError('MR_CONSOLE_FORBIDDEN', { detail: 'A token has no password.' })
      await deps.accounts.setPassword(actor, session, body.password, body.current)
      return reply.code(204).send(null)
    },
  )
})

/** Answers a login as `me` does: the page needs no second request. */
async function welcome(deps: Deps, reply: FastifyReply, begun: NewSession) {
  const { secret, expiresAt, actor, session } = begun
  setSessionCookie(reply, secret, expiresAt)
  return showMe(deps, actor, session)
}
