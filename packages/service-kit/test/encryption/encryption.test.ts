import { KafkaError } from '@millrace/kafka'
import { type Erasure, topics } from '@millrace/schemas'
import { newSecretKey } from '@millrace/signing'
import { startTcpProxy, waitFor } from '@millrace/test-support'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { endOfDaysKey } from '../../src/encryption/erased-subjects.ts'
import { createFillStore } from '../../src/encryption/fill-store.ts'
import { type Installation, installation, type Process } from './two-processes.ts'

/** One installation for all tests: each has subjects of its own. */
const closing: (() => Promise<void>)[] = []
let here: Installation
let a: Process
let b: Process
let tests = 0
let SUBJECT = ''
let OTHER = ''

beforeAll(async () => {
  here = await installation((close) => closing.push(close))
  const lasting = { atEnd: (close: () => Promise<void>) => void closing.push(close) }
  ;[a, b] = [here.start(lasting), here.start(lasting)]
  await Promise.all([a.ready(), b.ready()])
})
afterAll(() => Promise.all(closing.map((close) => close())))
beforeEach(() => {
  tests += 1
  SUBJECT = `default/cnv_${tests}`
  OTHER = `default/cnv_${tests}-other`
})

/** A process that ends with the test. */
const start: Installation['start'] = (options) => here.start({ atEnd: onTestFinished, ...options })

const code = (name: string) => expect.objectContaining({ code: name })

/** Fails where nothing was encrypted. */
function sealed(answer: Awaited<ReturnType<Process['encrypt']>>) {
  if (typeof answer === 'string') throw new Error(answer)
  return answer
}

async function keyIdsOf({ kafka }: Process): Promise<string[]> {
  const ids: string[] = []
  for await (const { key } of kafka.read(topics.keys as never, { untilEnd: true })) ids.push(key ?? '')
  return ids
}

async function erase({ kafka, blindIndex }: Process, subject: string): Promise<void> {
  await blindIndex.prepare(['default'])
  const hash = blindIndex.blind('default', 'subject', subject).toString('base64url')
  const erasure: Erasure = {
    ...{ tenant: 'default', subject_hash: hash, kind: 'conversation', erased_at: Date.now() },
    ...{ requested_by: 'u1', approved_by: 'u2', approval_id: 'a1', receipt_id: 'ers_1', keys_until: null },
  }
  await kafka.send(topics.erasures, `default/${hash}`, erasure)
}

test('processes encrypt a subject with one key, which is in the topic, and read each other', async () => {
  const first = sealed(await a.encrypt(SUBJECT, 'from a'))
  expect(first.bytes.includes('from a')).toBe(false)
  const second = sealed(await b.encrypt(SUBJECT, 'from b'))
  expect(second.keyId).toBe(first.keyId)
  expect((await keyIdsOf(a)).filter((id) => id.startsWith(SUBJECT))).toEqual([first.keyId])
  expect([await b.decrypt(first), await a.decrypt(second)]).toEqual(['from a', 'from b'])
})

test('processes that make a key at the same time end with one of them, and both can be read', async () => {
  const c = start()
  const both = (await Promise.all([a.encrypt(SUBJECT, 'x'), b.encrypt(SUBJECT, 'y')])).map(sealed)
  expect((await Promise.all(both.map((one) => c.decrypt(one)))).sort()).toEqual(['x', 'y'])
  const later = sealed(await c.encrypt(SUBJECT, 'z'))
  expect(both.map(({ keyId }) => keyId)).toContain(later.keyId)
})

test('of many new keys that brokers take only some of, those are used when it is tried again: each subject has one', async () => {
  const many = start()
  await many.ready()
  const subjects = Array.from({ length: 10 }, (_, place) => `${SUBJECT}-${place}`)
  const send = many.kafka.send
  let count = 0
  vi.spyOn(many.kafka, 'send').mockImplementation((...record) => {
    count += 1
    return count > 3 && count <= 10 ? Promise.reject(new KafkaError('MR_KAFKA_QUEUE_FULL', 'full')) : send(...record)
  })
  await expect(many.cipher.prepareWrite(subjects)).rejects.toMatchObject({ retryable: true })
  await many.cipher.prepareWrite(subjects)
  const ids = (await keyIdsOf(many)).map((id) => id.slice(0, id.lastIndexOf('/')))
  expect(ids.filter((id) => id.startsWith(`${SUBJECT}-`)).toSorted()).toEqual(subjects.toSorted())
})

test('when Redis was emptied, keys are read back from the topic', async () => {
  const before = sealed(await a.encrypt(SUBJECT, 'kept'))
  await emptied(a)
  expect(await b.decrypt(before)).toBe('kept')
  expect(sealed(await b.encrypt(SUBJECT, 'on')).keyId).toBe(before.keyId)
})

test('when Redis lost its last writes, what it lacks is looked for in the topic', async () => {
  const before = sealed(await a.encrypt(SUBJECT, 'kept'))
  await a.redis.del(`key:${SUBJECT}`)
  expect(await b.decrypt(before)).toBe('kept')
})

test('while Redis is away writing goes on, and others read it once they have Redis', async () => {
  const { hostname, port } = new URL(process.env.REDIS_URL ?? '')
  const proxy = await startTcpProxy({ target: { host: hostname, port: Number(port) } })
  onTestFinished(() => proxy.close())
  const cut = start({ redisUrl: `redis://127.0.0.1:${proxy.port}` })
  await waitFor(() => cut.redis.ping(), { what: 'Redis to answer' })
  await proxy.down()
  const alone = sealed(await cut.encrypt(SUBJECT, 'alone'))
  expect(sealed(await cut.encrypt(SUBJECT, 'again')).keyId).toBe(alone.keyId)
  expect(await b.decrypt(alone)).toBe('alone')
})

test('nothing is written of an erased subject and nothing read, even where its keys are still there', async () => {
  const c = start()
  const before = sealed(await a.encrypt(SUBJECT, 'gone'))
  const other = sealed(await a.encrypt(OTHER, 'stays'))
  expect(await b.decrypt(before)).toBe('gone')
  await erase(c, SUBJECT)
  await waitFor(async () => (await a.encrypt(SUBJECT, 'x')) === 'erased', { what: 'a to know of it' })
  await waitFor(
    async () => {
      await b.cipher.prepareRead([before.keyId])
      return b.cipher.isErased(before.keyId)
    },
    { what: 'b to know of it' },
  )
  await expect(b.decrypt(before)).rejects.toEqual(code('MR_KAFKA_ERASED'))
  expect(await b.decrypt(other)).toBe('stays')
  const fresh = start()
  expect(await fresh.encrypt(SUBJECT, 'x')).toBe('erased')
})

test('a key whose record in the topic is a null is destroyed', async () => {
  const before = sealed(await a.encrypt(SUBJECT, 'gone'))
  await a.kafka.send(topics.keys, before.keyId, null)
  await emptied(a)
  await expect(b.decrypt(before)).rejects.toEqual(code('MR_KAFKA_ERASED'))
  await waitFor(async () => (await b.redis.hget('keys:filled', 'complete')) === '1', { what: 'Redis to be filled' })
  expect(await start().encrypt(SUBJECT, 'x')).toBe('erased')
})

test('a key that nobody has is lost; one whose master key is not there yet is waited for', async () => {
  const other = start({ secretKeys: newSecretKey('next') })
  const known = sealed(await a.encrypt(SUBJECT, 'x'))
  await expect(a.decrypt({ ...known, keyId: `${SUBJECT}/0000000000000000` })).rejects.toEqual(code('MR_KAFKA_KEY_LOST'))
  await expect(a.decrypt({ ...known, keyId: 'nonsense' })).rejects.toEqual(code('MR_KAFKA_KEY_LOST'))
  await expect(other.decrypt(known)).rejects.toEqual(code('MR_KAFKA_KEY_PENDING'))
  const both = start({ secretKeys: `${newSecretKey('next')},${here.keys}` })
  expect(await both.decrypt(known)).toBe('x')
})

test('what a master key wrapped that was given up is passed over, and its subjects are written with new keys', async () => {
  const own = await installation()
  const before = own.start()
  await before.blindIndex.prepare(['default'])
  const known = sealed(await before.encrypt(SUBJECT, 'x'))
  const next = newSecretKey('next')
  const after = own.start({ secretKeys: `${next},${own.keys.split(':')[0]}:lost` })
  await after.cipher.prepareRead([known.keyId])
  expect(after.cipher.isErased(known.keyId)).toBe(true)
  const later = sealed(await after.encrypt(SUBJECT, 'y'))
  await after.blindIndex.prepare(['default'])
  const third = own.start({ secretKeys: next })
  expect(await third.decrypt(later)).toBe('y')
  await third.blindIndex.prepare(['default'])
  const hash = third.blindIndex.blind('default', 'word', 'x')
  expect(hash).toEqual(after.blindIndex.blind('default', 'word', 'x'))
  expect(hash).not.toEqual(before.blindIndex.blind('default', 'word', 'x'))
})

test('bytes that were changed, or are of another key, are refused', async () => {
  const known = sealed(await a.encrypt(SUBJECT, 'x'))
  const changed = Buffer.from(known.bytes)
  changed[13] = (changed[13] ?? 0) ^ 1
  await expect(a.decrypt({ ...known, bytes: changed })).rejects.toEqual(code('MR_KAFKA_UNDECODABLE'))
  const other = sealed(await a.encrypt(OTHER, 'y'))
  await expect(a.decrypt({ ...known, keyId: other.keyId })).rejects.toEqual(code('MR_KAFKA_UNDECODABLE'))
})

test('switched off it writes plain text, and reads what was encrypted', async () => {
  const off = start({ isOn: false })
  const known = sealed(await a.encrypt(SUBJECT, 'x'))
  expect(off.cipher.prepareWrite([SUBJECT])).toBeUndefined()
  expect(off.cipher.encrypt(SUBJECT, Buffer.from('y'))).toBe('plain')
  expect(await off.decrypt(known)).toBe('x')
})

test('all processes hash alike, by tenant and kind', async () => {
  await Promise.all([a, b].map(async ({ blindIndex }) => blindIndex.prepare(['default', 'other'])))
  const hash = a.blindIndex.blind('default', 'address', 'ann@example.com')
  expect(hash).toHaveLength(16)
  expect(b.blindIndex.blind('default', 'address', 'ann@example.com')).toEqual(hash)
  expect(a.blindIndex.blind('other', 'address', 'ann@example.com')).not.toEqual(hash)
  expect(a.blindIndex.blind('default', 'word', 'ann@example.com')).not.toEqual(hash)
  await emptied(a)
  const fresh = start()
  await fresh.blindIndex.prepare(['default'])
  expect(fresh.blindIndex.blind('default', 'address', 'ann@example.com')).toEqual(hash)
})

test('keys of another cluster are forgotten, those of another installation are not', async () => {
  const elsewhere = (await installation()).start()
  await elsewhere.encrypt(SUBJECT, 'x')
  const kept = sealed(await a.encrypt(SUBJECT, 'y'))
  await createFillStore(() => elsewhere.redis).begin('token', 'another cluster', false)
  expect(await elsewhere.redis.exists(`key:${SUBJECT}`)).toBe(0)
  expect(await a.redis.hget(`key:${SUBJECT}`, 'current')).toBe(kept.keyId.slice(-16))
})

const MIDNIGHT = Date.parse('2026-11-23T00:00:00Z')

test('what ages is encrypted with a key of its day, what lasts with a key that has none', async () => {
  let at = MIDNIGHT - 1
  const c = start({ now: () => at })
  const old = sealed(await c.encrypt(SUBJECT, 'old', 'aging'))
  // The day began between fetching the key and using it.
  await c.cipher.prepareWrite([SUBJECT], 'aging')
  at = MIDNIGHT
  expect(sealed(c.cipher.encrypt(SUBJECT, Buffer.from('late'), 'aging')).keyId).toBe(old.keyId)
  const young = sealed(await c.encrypt(SUBJECT, 'young', 'aging'))
  const lasting = sealed(await c.encrypt(SUBJECT, 'state'))
  const days = [old, young, lasting].map(({ keyId }) => keyId.slice(SUBJECT.length, -16))
  expect(days).toEqual(['/20261122-', '/20261123-', '/'])
  const d = start({ now: () => at })
  expect(sealed(await d.encrypt(SUBJECT, 'x', 'aging')).keyId).toBe(young.keyId)
  expect(await Promise.all([old, young, lasting].map((one) => b.decrypt(one)))).toEqual(['old', 'young', 'state'])
})

test('keys of days that have ended are passed over by every process, whatever it holds; those of later days and of no day are read', async () => {
  const [first, second] = ['20260101', '20260102'].map((day) =>
    Date.parse(`${day.replace(/(..)(..)$/, '-$1-$2')}T12:00:00Z`),
  )
  const tenant = `ages${tests}`
  const subject = `${tenant}/cnv_1`
  const old = sealed(await start({ now: () => first ?? 0 }).encrypt(subject, 'old', 'aging'))
  const young = sealed(await start({ now: () => second ?? 0 }).encrypt(subject, 'young', 'aging'))
  const lasting = sealed(await a.encrypt(subject, 'state'))
  expect(await a.decrypt(old)).toBe('old')
  await a.kafka.send(topics.erasures, endOfDaysKey(tenant), {
    ...{ tenant, subject_hash: '', kind: 'days', erased_at: Date.now(), keys_until: '20260101' },
    ...{ requested_by: '', approved_by: '', approval_id: '', receipt_id: '' },
  })
  await waitFor(() => a.cipher.isErased(old.keyId), { what: 'a to know of it' })
  const fresh = start()
  await expect(fresh.decrypt(old)).rejects.toEqual(code('MR_KAFKA_ERASED'))
  expect([await a.decrypt(young), await fresh.decrypt(young), await fresh.decrypt(lasting)]).toEqual([
    ...['young', 'young', 'state'],
  ])
  // A key that nobody has any more either, which would be lost otherwise.
  await expect(fresh.decrypt({ ...old, keyId: `${subject}/20251231-0000000000000000` })).rejects.toEqual(
    code('MR_KAFKA_ERASED'),
  )
  // Whose clock is days behind waits: what it wrote would be gone at once.
  await expect(start({ now: () => first ?? 0 }).encrypt(subject, 'x', 'aging')).rejects.toMatchObject({
    retryable: true,
  })
})

test('a null of a key of a day ends that key alone', async () => {
  const gone = sealed(await a.encrypt(SUBJECT, 'gone', 'aging'))
  const state = sealed(await a.encrypt(SUBJECT, 'state'))
  await a.kafka.send(topics.keys, gone.keyId, null)
  await emptied(a)
  expect(await start().decrypt(state)).toBe('state')
  await expect(start().decrypt(gone)).rejects.toEqual(code('MR_KAFKA_ERASED'))
  expect(sealed(await start().encrypt(SUBJECT, 'next', 'aging')).keyId).not.toBe(gone.keyId)
})

/** Takes out all that the installation has in Redis. */
async function emptied({ redis }: Process): Promise<void> {
  const prefix = redis.options.keyPrefix ?? ''
  const names = await redis.keys(`${prefix}*`)
  if (names.length > 0) await redis.del(names.map((name) => name.slice(prefix.length)))
}
