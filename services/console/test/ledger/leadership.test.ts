import { waitFor } from '@millrace/test-support'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/db/connect.ts'
import { whileLeading } from '../../src/ledger/leadership.ts'
import { movePositions, PositionsMoved, readPositions } from '../../src/ledger/positions.ts'
import { createTestDatabase, openTestDatabase } from '../support/databases.ts'

let database: Database
beforeAll(async () => {
  database = await openTestDatabase('postgres')
})
afterAll(() => database.close())

test('one leads, another one stands by, and takes over when the first has ended', async () => {
  const url = await createTestDatabase()
  const [first, second] = [openDatabase({ url }), openDatabase({ url })]
  const stop = [new AbortController(), new AbortController()] as const
  const leading: string[] = []
  const lead = (name: string) => async (signal: AbortSignal) => {
    leading.push(name)
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  }
  const running = whileLeading(first, lead('first'), stop[0].signal)
  await waitFor(() => leading.length === 1, { what: 'a leader' })
  const waiting = whileLeading(second, lead('second'), stop[1].signal)
  stop[0].abort()
  await running
  await waitFor(() => leading.length === 2, { what: 'the other one to lead' })
  expect(leading).toEqual(['first', 'second'])
  stop[1].abort()
  await waiting
  await Promise.all([first.close(), second.close()])
})

test('who was overtaken writes nothing: its positions are not where it left them', async () => {
  const place = { topic: 'webhooks.events.v1', partition: 0 }
  const mine = await readPositions(database.db)
  const others = await readPositions(database.db)
  await movePositions(database.db, others, [{ ...place, offset: 10n }])
  await expect(movePositions(database.db, mine, [{ ...place, offset: 7n }])).rejects.toThrow(PositionsMoved)
  const known = await readPositions(database.db)
  await movePositions(database.db, known, [{ ...place, offset: 20n }])
  await expect(movePositions(database.db, known, [{ ...place, offset: 15n }])).rejects.toThrow(PositionsMoved)
  expect([...(await readPositions(database.db)).values()]).toEqual([{ ...place, offset: 20n }])
})
