import { z } from 'zod'
import { changeUser } from '../access/change-user.ts'
import { giveCode } from '../access/codes.ts'
import { defineGlobalRoutes } from '../access/define-routes.ts'
import { linkTo } from '../access/link.ts'
import { rolesText } from '../access/roles.ts'
import { grantsSchema, linkedUserSchema, listQuery, nameSchema, showUser, userSchema } from '../access/schemas.ts'
import { addUser, listUsers, readUser } from '../access/users.ts'
import { readStandings } from '../approve/standing.ts'
import { pageFrom, readCursor } from '../read/cursor.ts'

const tags = ['access']
const params = z.object({ user_id: z.string().max(100) })
const newUser = z
  .strictObject({ name: nameSchema, email: z.email().max(320).nullable().default(null), roles: grantsSchema })
  .meta({ id: 'NewUser' })
const userChange = z
  .strictObject({
    email: z.email().max(320).nullable().optional(),
    roles: grantsSchema.optional(),
    is_disabled: z.boolean().optional(),
  })
  .meta({ id: 'UserChange' })
const usersPage = z.object({ items: z.array(userSchema), next_cursor: z.string().nullable() }).meta({ id: 'UserPage' })

export const usersRoutes = defineGlobalRoutes((app, deps) => {
  const config = { role: 'admin' } as const
  app.get(
    '/users',
    {
      config,
      schema: {
        operationId: 'listUsers',
        summary: 'Users by name',
        tags,
        querystring: listQuery,
        response: { 200: usersPage },
      },
    },
    async ({ query: { limit, cursor } }) => {
      const after = readCursor(cursor, z.tuple([z.string()]))?.[0]
      const users = await listUsers(deps.db, { limit: limit + 1, after })
      const standingOf = await readStandings(deps)
      return pageFrom(
        users,
        limit,
        ({ name }) => [name],
        (user) => showUser(user, standingOf),
      )
    },
  )
  app.post(
    '/users',
    {
      config,
      schema: {
        operationId: 'addUser',
        summary: 'Add a user, who sets a password by the one-time link that is given back',
        tags,
        body: newUser,
        response: { 201: linkedUserSchema },
      },
    },
    async ({ actor, body }, reply) => {
      const linked = await deps.db.transaction().execute(async (trx) => {
        const now = Date.now()
        const user = await addUser(trx, { ...body, grants: body.roles }, actor.personId, now)
        const code = await giveCode(trx, user.id, actor.personId, now)
        const detail = { name: user.name, roles: rolesText(body.roles) }
        await deps.audit.append(
          { actor, tenant: '', action: 'user.create', subject: user.id, outcome: 'done', detail },
          trx,
        )
        return { user, ...linkTo(deps.settings, code) }
      })
      return reply.code(201).send({ ...linked, user: showUser(linked.user, await readStandings(deps)) })
    },
  )
  app.get(
    '/users/:user_id',
    { config, schema: { operationId: 'getUser', summary: 'One user', tags, params, response: { 200: userSchema } } },
    async ({ params }) => showUser(await readUser(deps.db, params.user_id), await readStandings(deps)),
  )
  app.patch(
    '/users/:user_id',
    {
      config,
      schema: {
        operationId: 'changeUser',
        summary: 'Change a user’s roles, or keep them out; both hold from the next request on',
        tags,
        params,
        body: userChange,
        response: { 200: userSchema },
      },
    },
    async ({ actor, params, body }) => {
      const change = { email: body.email, grants: body.roles, isDisabled: body.is_disabled }
      return showUser(await changeUser(deps, actor, params.user_id, change), await readStandings(deps))
    },
  )
  app.post(
    '/users/:user_id/link',
    {
      config,
      schema: {
        operationId: 'giveUserLink',
        summary: 'Give a user a new one-time link, for a forgotten password; the one before no longer works',
        tags,
        params,
        response: { 201: linkedUserSchema },
      },
    },
    async ({ actor, params }, reply) => {
      const linked = await deps.db.transaction().execute(async (trx) => {
        const user = await readUser(trx, params.user_id)
        const code = await giveCode(trx, user.id, actor.personId, Date.now())
        await deps.audit.append({ actor, tenant: '', action: 'user.link', subject: user.id, outcome: 'done' }, trx)
        return { user, ...linkTo(deps.settings, code) }
      })
      return reply.code(201).send({ ...linked, user: showUser(linked.user, await readStandings(deps)) })
    },
  )
})
