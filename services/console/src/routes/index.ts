import type { Routes } from '../access/define-routes.ts'
import { sessionRoutes } from './session.ts'
import { tenantRoutes } from './tenant.ts'

/** Every route of the API: the server and its OpenAPI document are made from this list. */
export const allRoutes: readonly Routes[] = [sessionRoutes, tenantRoutes]
