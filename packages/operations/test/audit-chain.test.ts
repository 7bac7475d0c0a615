import { type AuditEntry, schemas, singleObject, topics } from '@millrace/schemas'
import { newSecretKey, parseSecretKeys } from '@millrace/signing'
import { expect, test } from 'vitest'
import {
  auditKey,
  auditRecordOf,
  type ChainHead,
  chained,
  emptyHead,
  type UnchainedEntry,
  verifyChain,
} from '../src/index.ts'

const keys = parseSecretKeys(newSecretKey('k1'))

const entryOf = (changes: Partial<UnchainedEntry> = {}): UnchainedEntry => ({
  tenant: 'acme',
  at: 1_764_547_200_123,
  actor_id: 'usr_1',
  actor_name: 'Ada',
  actor_kind: 'user',
  action: 'endpoint.create',
  subject: 'ep_1',
  reason: '',
  approval_id: null,
  outcome: 'done',
  detail_json: '{}',
  ...changes,
})

function chainOf(count: number, from: ChainHead = emptyHead): AuditEntry[] {
  const made: AuditEntry[] = []
  let head = from
  for (let place = 0; place < count; place++) {
    const entry = chained(entryOf({ subject: `ep_${place}`, tenant: place % 2 === 0 ? 'acme' : '' }), head, keys)
    made.push(entry)
    head = entry
  }
  return made
}

interface Bytes {
  readonly key: string
  readonly value: Buffer
}
const written = (entries: readonly AuditEntry[]): Bytes[] =>
  entries.map((entry) => ({ key: auditKey(entry), value: singleObject.encode(schemas.AuditEntry, entry) }))

const reader = {
  decode: (topic: { schema: unknown }, record: { value: Buffer | null }) =>
    record.value === null ? null : singleObject.decode(topic.schema as never, record.value),
} as unknown as Parameters<typeof auditRecordOf>[0]

const verified = (records: readonly Bytes[], options: Parameters<typeof verifyChain>[1] = {}) =>
  verifyChain(
    records.map(({ key, value }, place) =>
      auditRecordOf(reader, {
        topic: topics.audit.name,
        partition: 0,
        offset: BigInt(place),
        id: '',
        key,
        value,
        headers: new Map(),
        timestamp: 0,
      }),
    ),
    options,
  )
const rulesOf = async (...given: Parameters<typeof verified>) =>
  (await verified(...given)).problems.map(({ rule }) => rule)

test('a chain that nobody touched is whole, and its head is told', async () => {
  const chain = chainOf(5)
  expect(await verified(written(chain), { keys })).toMatchObject({
    state: 'whole',
    entries: 5,
    first_sequence: 1,
    head: { sequence: 5, hash: chain[4]?.hash },
    macs: { good: 5, unchecked: 0 },
  })
  expect(await verified([])).toMatchObject({ state: 'empty', problems: [] })
})

test('each single byte of each record, altered in any one bit, is found without any key', async () => {
  const records = written(chainOf(3))
  for (const [place, { key, value }] of records.entries()) {
    for (let bit = 0; bit < value.length * 8; bit++) {
      const bytes = Buffer.from(value)
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const { state } = await verified(records.with(place, { key, value: bytes }))
      expect(state, `record ${place}, bit ${bit}`).toBe('broken')
    }
  }
})

test('a chain that somebody else made anew is whole by its hashes, and found by who has the keys', async () => {
  const chain = chainOf(3)
  const others = parseSecretKeys(newSecretKey('k1'))
  let head: ChainHead = emptyHead
  const forged = chain.map(({ hash: _, mac: __, ...entry }) => {
    const made = chained({ ...entry, actor_id: 'usr_2' }, head, others)
    head = made
    return made
  })
  expect(await rulesOf(written(forged))).toEqual([])
  expect(await rulesOf(written(forged), { keys })).toEqual(['mac', 'mac', 'mac'])
})

test('an entry that was taken out, put in, swapped or written by another key of the topic is found', async () => {
  const chain = chainOf(5)
  const records = written(chain)
  expect(await rulesOf(records.toSpliced(2, 1))).toEqual(['sequence'])
  const put = written([chained(entryOf({ action: 'approval.approve' }), chain[1] ?? emptyHead, keys)])
  expect(await rulesOf(records.toSpliced(2, 0, ...put))).toEqual(['sequence'])
  const [a, b] = [records[2], records[3]]
  if (a === undefined || b === undefined) throw new Error('no record')
  expect((await rulesOf(records.toSpliced(2, 2, b, a))).length).toBeGreaterThan(0)
  expect(await rulesOf(records.with(2, { ...a, key: 'other' }))).toEqual(['key'])
})

test('what was cut off at the end is found by an entry that was noted before', async () => {
  const chain = chainOf(5)
  const [, , third, , fifth] = chain
  expect(await rulesOf(written(chain.slice(0, 4)), { expected: fifth })).toEqual(['head'])
  expect(await rulesOf(written(chain), { expected: third })).toEqual([])
  expect(await rulesOf([], { expected: fifth })).toEqual(['head'])
})

test('what retention took from the beginning is no damage, and what was written twice is the same entry', async () => {
  const records = written(chainOf(6))
  expect(await verified(records.slice(2))).toMatchObject({ state: 'whole', first_sequence: 3, entries: 4 })
  const [, , third] = records
  if (third === undefined) throw new Error('no record')
  expect(await verified(records.toSpliced(4, 0, third))).toMatchObject({ state: 'whole', entries: 6, repeated: 1 })
})

test('two entries with different fields never have the same hash, whatever stands in them', () => {
  const one = chained(entryOf({ action: 'a', subject: 'b","c' }), emptyHead, undefined)
  const other = chained(entryOf({ action: 'a","b', subject: 'c' }), emptyHead, undefined)
  expect(one.hash).not.toBe(other.hash)
  expect(one.mac).toBe('')
})
