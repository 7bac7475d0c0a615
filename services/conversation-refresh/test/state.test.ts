import { createLife, snapshotDifferences, waitFor } from '@millrace/test-support'
import { expect, onTestFinished, test } from 'vitest'
import { freshConversation } from './support/events.ts'
import { hearFront } from './support/hear-front.ts'
import { createInstallation, type Installation } from './support/installation.ts'
import { refreshOf } from './support/refresh-of.ts'

async function install(): Promise<Installation> {
  const here = await createInstallation()
  onTestFinished(() => here.close())
  return here
}

function readOf(id: string, subject: string, updatedAt: number, cause: string) {
  return refreshOf({
    conversation_id: id,
    at: updatedAt,
    updated_at: updatedAt,
    caused_by: [cause],
    conversation: Buffer.from(JSON.stringify({ subject, status: 'assigned' })),
  })
}

test('after Redis was emptied the state is read back from the snapshots: no older read wins, none is the first again', async () => {
  const here = await install()
  await here.startSnapshots()
  const [known, other] = [freshConversation(), freshConversation()]
  await here.refresh(readOf(known, 'new', 2_000, 'e1'))
  await here.reflected(known, 'e1')
  await here.flush()
  await here.refresh(readOf(known, 'old', 1_000, 'e2'))
  await here.refresh(readOf(other, 'another', 1_000, 'e3'))
  expect(await here.reflected(known, 'e2')).toMatchObject({ subject: 'new', is_first: false, caused_by: ['e1', 'e2'] })
  expect(await here.reflected(other, 'e3')).toMatchObject({ is_first: true })
})

test('a refresh that comes again writes no second snapshot', async () => {
  const here = await install()
  const fold = await here.startSnapshots()
  const id = freshConversation()
  const refresh = readOf(id, 's', 1_000, 'e1')
  await here.refresh(refresh)
  await here.refresh(refresh)
  await here.refresh(refresh)
  await here.reflected(id, 'e1')
  await fold.caughtUp()
  await here.refresh(readOf(id, 't', 2_000, 'e2'))
  await here.reflected(id, 'e2')
  expect(here.snapshots(id)).toHaveLength(2)
})

test('a process that dies after its commit and before it notes that does not make a second first snapshot', async () => {
  const here = await install()
  const fold = await here.startSnapshots()
  const id = freshConversation()
  await here.refresh(readOf(id, 's', 1_000, 'e1'))
  await here.reflected(id, 'e1')
  await fold.caughtUp()
  await fold.close()
  const [key = ''] = (await here.redis.keys(`*default/${id}`)).map((each) => each.slice(each.indexOf('state:')))
  expect(await here.redis.hdel(key, 'p')).toBe(1)
  await here.startSnapshots()
  await here.refresh(readOf(id, 't', 2_000, 'e2'))
  expect(await here.reflected(id, 'e2')).toMatchObject({ is_first: false })
})

test('a supplement alone writes no snapshot', async () => {
  const here = await install()
  await here.startSnapshots()
  const id = freshConversation()
  await here.refresh(refreshOf({ conversation_id: id, kind: 'supplement', payload: Buffer.from('{}') }))
  await here.refresh(readOf(id, 's', 1_000, 'e1'))
  await here.reflected(id, 'e1')
  expect(here.snapshots(id)).toHaveLength(1)
})

test('killed again and again, the service reflects every event and publishes nothing older than before', async () => {
  const here = await install()
  const ids = Array.from({ length: 20 }, freshConversation)
  for (const id of ids) here.front.world.putConversation({ id, subject: '0', updated_at: 1_700_000_000 })
  const service = await here.run()
  const events: (readonly [id: string, event: string])[] = []
  for (let round = 1; round <= 3; round++) {
    for (const id of ids)
      here.front.world.putConversation({ id, subject: String(round), updated_at: 1_700_000_000 + round })
    for (const id of ids) events.push([id, await here.event(id)])
    await waitFor(() => ids.some((id) => here.snapshots(id).length >= round), {
      what: 'some snapshots',
      everyMs: 5,
    })
    await service.kill()
    await service.start()
  }
  for (const [id, event] of events) await here.reflected(id, event)
  for (const id of ids) {
    const all = here.snapshots(id)
    expect(all.map(({ as_of }) => as_of)).toEqual(all.map(({ as_of }) => as_of).toSorted((a, b) => a - b))
    expect(all.at(-1)?.subject).toBe('3')
    expect(all.map(({ is_first }) => is_first)).toEqual(all.map((_, place) => place === 0))
  }
})

test('killed again and again amid full events and previews, the service ends with every conversation as Front has it', async () => {
  const here = await install()
  const { front } = here
  const heard = await hearFront(front, here, { previews: 0.3 })
  onTestFinished(() => heard.close())
  const life = createLife(front.world, front.company, { seed: 7, conversations: 15 })
  const service = await here.run()
  for (let round = 0; round < 2; round++) {
    const before = heard.events.length
    for (let act = 0; act < 40; act++) life.step()
    await waitFor(() => heard.events.length > before + 20, { what: 'webhooks of this round' })
    await waitFor(
      () => heard.events.some(([id, event]) => here.snapshots(id).some(({ caused_by }) => caused_by.includes(event))),
      {
        what: 'some of it to be reflected',
      },
    )
    await service.kill()
    await service.start()
  }
  await waitFor(() => front.webhooks.counts().open === 0, { what: 'every webhook to be sent' })
  for (const [id, event] of heard.events) await here.reflected(id, event)
  const told = new Set(heard.events.map(([id]) => id))
  // What no webhook tells (mentions, merges, custom fields) is found by the poller, which does not run here.
  const untold = new Set(
    front.world
      .events()
      .filter(({ type }) => ['mention', 'conversations_merged', 'custom_field_updated'].includes(String(type)))
      .map(({ conversation }) => (conversation as { id: string }).id),
  )
  const wrong = () =>
    snapshotDifferences(front.world, (id) => here.snapshots(id).at(-1), { listed: 20 }).filter(
      ({ conversationId: id }) => told.has(id) && !untold.has(id),
    )
  await waitFor(() => wrong().length === 0, { what: 'the snapshots to be as Front has them' }).catch(() => {})
  expect(wrong()).toEqual([])
  for (const id of told) expect(here.snapshots(id).filter(({ is_first }) => is_first)).toHaveLength(1)
})
