import { randomBytes } from 'node:crypto'
import { redisKeys } from '@millrace/service-kit/personal-data'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { leaveComparisons, leaveRedisLists, redisKeysOf } from '../../src/erasure/erase-redis.ts'
import type { ErasureScope } from '../../src/erasure/scope.ts'

/** Something of every kind. */
const scope: ErasureScope = {
  tenant: 'default',
  subject: { kind: 'client', id: 'c1' },
  dataSubjects: [
    { kind: 'conversation', id: 'cnv_1' },
    { kind: 'client', id: 'c1' },
    { kind: 'node', id: 'person::1' },
  ],
  events: [{ id: 'evt_1', conversation: 'cnv_1', reply_key: 'r1' }],
  accounts: ['front'],
  endpoints: ['ep_1'],
  nodes: [],
  relationships: [],
  knownUntil: 0,
}

/** Forms that hold something of people and that no erasure looks for, with the reason. */
const left: Readonly<Record<string, string>> = {
  'key:<tenant>/<conversation, contact, client, node or event>':
    'its key is destroyed, and that it was must stay known',
  'limit:address:<address>:<minute>': 'gone after two minutes',
  'front:{<account>}:resource:<resource>': 'gone after seconds to minutes',
}

const personal = redisKeys.filter(({ subject, content }) => subject !== '' || content !== '')
const forms = personal.flatMap(({ patterns }) => patterns)

function matcher(pattern: string): RegExp {
  const parts = pattern.split(/<[^>]*>/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  return new RegExp(`^${parts.join('.+')}$`)
}

/** Every key that an erasure takes away or takes something out of. */
async function touched(): Promise<string[]> {
  const lists: string[] = []
  const take = async (key: string) => lists.push(key)
  const redis = { zrem: take, hdel: take, zrange: async () => ['1600000000000'] } as unknown as Redis
  await leaveRedisLists(redis, scope, 'cluster')
  return [...[...redisKeysOf(scope, 'cluster').values()].flat(), ...lists]
}

test('every form of key that holds something of people is emptied by an erasure, or left for a reason', async () => {
  const keys = await touched()
  const missed = forms.filter((form) => !keys.some((key) => matcher(form).test(key)))
  expect(missed.toSorted()).toEqual(Object.keys(left).toSorted())
})

test('no key is looked for that has no such form', async () => {
  expect((await touched()).filter((key) => !forms.some((form) => matcher(form).test(key)))).toEqual([])
})

test('marks of an erased conversation go out of what is compared, also those of events that nothing else kept', async () => {
  const redis = new Redis(process.env.REDIS_URL ?? '', { keyPrefix: `t${randomBytes(5).toString('hex')}.` })
  onTestFinished(() => redis.disconnect())
  const mark = (conversation_id: string | null) => JSON.stringify({ type: 'inbound', conversation_id, webhook: 1 })
  await redis.zadd('parity:default/front:open', 60_000, '60000')
  for (const hash of ['missing', 'window:60000'])
    await redis.hset(`parity:default/front:${hash}`, { evt_9: mark('cnv_1'), evt_2: mark('cnv_2'), evt_3: mark(null) })
  await leaveComparisons(redis, [scope])
  for (const hash of ['missing', 'window:60000'])
    expect((await redis.hkeys(`parity:default/front:${hash}`)).toSorted()).toEqual(['evt_2', 'evt_3'])
})
