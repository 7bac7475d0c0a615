import type { Routes } from '../access/define-routes.ts'
import { redrivesRoutes } from './redrives.ts'
import { replaysRoutes } from './replays.ts'
import { sessionRoutes } from './session.ts'
import { tenantRoutes } from './tenant.ts'
import { tokensRoutes } from './tokens.ts'
import { usersRoutes } from './users.ts'

/** Every route of the API: the server and its OpenAPI document are made from this list. */
export const allRoutes: readonly Routes[] = [sessionRoutes, usersRoutes, tokensRoutes, tenantRoutes, replaysRoutes, redrivesRoutes]
