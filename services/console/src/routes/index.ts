import type { Routes } from '../access/define-routes.ts'
import { actionsRoutes } from './actions.ts'
import { approvalsRoutes, vouchRoutes } from './approvals.ts'
import { auditRoutes } from './audit.ts'
import { conversationsRoutes } from './conversations.ts'
import { deadLettersRoutes } from './dead-letters.ts'
import { deliveriesRoutes } from './deliveries.ts'
import { documentRoutes } from './document.ts'
import { endpointsRoutes, resealRoutes } from './endpoints.ts'
import { erasuresRoutes } from './erasures.ts'
import { eventsRoutes } from './events.ts'
import { graphRoutes } from './graph.ts'
import { ledgerRoutes } from './ledger.ts'
import { liveRoutes } from './live.ts'
import { modesRoutes } from './modes.ts'
import { overviewRoutes } from './overview.ts'
import { redrivesRoutes } from './redrives.ts'
import { replaysRoutes } from './replays.ts'
import { responsesRoutes } from './responses.ts'
import { retentionRoutes } from './retention.ts'
import { sessionRoutes } from './session.ts'
import { settingsRoutes } from './settings.ts'
import { sourcesRoutes } from './sources.ts'
import { tenantRoutes } from './tenant.ts'
import { tokensRoutes } from './tokens.ts'
import { usersRoutes } from './users.ts'

/** Every route of the API: the server and its OpenAPI document are made from this list. */
export const allRoutes: readonly Routes[] = [
  documentRoutes,
  sessionRoutes,
  usersRoutes,
  tokensRoutes,
  tenantRoutes,
  ledgerRoutes,
  retentionRoutes,
  overviewRoutes,
  eventsRoutes,
  liveRoutes,
  conversationsRoutes,
  graphRoutes,
  deliveriesRoutes,
  deadLettersRoutes,
  sourcesRoutes,
  settingsRoutes,
  replaysRoutes,
  redrivesRoutes,
  erasuresRoutes,
  endpointsRoutes,
  resealRoutes,
  modesRoutes,
  approvalsRoutes,
  responsesRoutes,
  actionsRoutes,
  auditRoutes,
  vouchRoutes,
]
