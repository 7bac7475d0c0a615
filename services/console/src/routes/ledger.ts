import { z } from 'zod'
import { defineGlobalRoutes } from '../access/define-routes.ts'
import { askForRebuild, readLedgerState } from '../ledger/ledger-state.ts'
import { ledgerState } from '../read/schemas/common.ts'

const tags = ['ledger']
const rebuild = z
  .object({
    began_at: z.int().describe('When the ledger was last begun from nothing, epoch milliseconds.'),
    total: z.int().describe('Records to read when it began; 0 once it is done.'),
    done: z.int(),
  })
  .nullable()
  .describe('Null while there is no ledger at all, or it cannot go on.')
const ledgerStanding = z
  .object({ ledger: ledgerState, incarnation: z.string().nullable(), rebuild })
  .meta({ id: 'LedgerStanding' })

export const ledgerRoutes = defineGlobalRoutes((app, deps) => {
  const standing = async () => {
    const ledger = await deps.reading.ledger.read()
    // While the database is away, how current the ledger is can be told, and nothing else.
    const state = ledger.state === 'stale' ? undefined : await readLedgerState(deps.db)
    return {
      ledger,
      incarnation: state?.incarnation ?? null,
      rebuild:
        state === undefined
          ? null
          : { began_at: state.rebuild_began_at ?? 0, total: state.rebuild_total, done: state.rebuild_done },
    }
  }
  app.get(
    '/ledger',
    {
      config: { role: 'signed-in' },
      schema: {
        operationId: 'getLedgerStanding',
        summary: 'How current the ledger is, and how far a rebuild',
        tags,
        response: { 200: ledgerStanding },
      },
    },
    standing,
  )
  app.post(
    '/ledger/rebuild',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'rebuildLedger',
        summary: 'Empty the ledger and build it anew from the topics; nothing else is touched',
        tags,
        response: { 202: ledgerStanding },
      },
    },
    async ({ actor }, reply) => {
      await deps.db.transaction().execute(async (trx) => {
        await askForRebuild(trx, Date.now())
        await deps.audit.append(
          { actor, tenant: '', action: 'ledger.rebuild', subject: 'ledger', outcome: 'done' },
          trx,
        )
      })
      return reply.code(202).send(await standing())
    },
  )
})
