import type { Board } from '../question.ts'
import { consumers } from './consumers.ts'
import { delivery } from './delivery.ts'
import { frontBudget } from './front-budget.ts'
import { gateway } from './gateway.ts'
import { overview } from './overview.ts'
import { tenants } from './tenants.ts'

export const boards: readonly Board[] = [overview, gateway, consumers, delivery, frontBudget, tenants]
