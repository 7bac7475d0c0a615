import { afterAll, beforeAll, describe } from 'vitest'
import { approvals } from './pages/approvals.ts'
import { conversations } from './pages/conversations.ts'
import { deadLetters } from './pages/dead-letters.ts'
import { endpoints } from './pages/endpoints.ts'
import { erasures } from './pages/erasures.ts'
import { events } from './pages/events.ts'
import { everyPage } from './pages/every-page.ts'
import { graph } from './pages/graph.ts'
import { live } from './pages/live.ts'
import { loading } from './pages/loading.ts'
import { login } from './pages/login.ts'
import { newcomer } from './pages/newcomer.ts'
import { parity } from './pages/parity.ts'
import { settings } from './pages/settings.ts'
import { staleness } from './pages/staleness.ts'
import { users } from './pages/users.ts'
import { buildPage } from './support/build-page.ts'
import { type Console, startConsole } from './support/console.ts'

// One `npm start` and one Chromium for all: starting them costs more than the tests. They run in this order.
let console: Console | undefined
const use = (): Console => {
  if (console === undefined) throw new Error('the console did not start')
  return console
}

describe('the console in Chromium, from npm start', () => {
  beforeAll(async () => {
    await buildPage()
    console = await startConsole()
  })
  afterAll(async () => {
    await console?.close()
  })

  newcomer(use)
  login(use)
  events(use)
  live(use)
  staleness(use)
  conversations(use)
  graph(use)
  endpoints(use)
  deadLetters(use)
  approvals(use)
  erasures(use)
  parity(use)
  users(use)
  settings(use)
  everyPage(use)
  loading(use)
})
