import { deflateRawSync } from 'node:zlib'
import { createSealedTexts } from '@millrace/kafka'
import { newSecretKey, parseSecretKeys, seal } from '@millrace/signing'
import type { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { canaryOf } from '../src/erasure/canaries.ts'
import { type Found, placesWithIds, scanDump, scanRedis } from '../src/erasure/scan.ts'
import { createTurningCipher } from './support/turning-cipher.ts'

const SUBJECT = 'default/cnv_1'
const canary = canaryOf('cnv_1')
const words = JSON.stringify({ text: `Dear ${canary}` })
const packed = deflateRawSync(words).toString('base64')
const onProgress = () => {}
const cipher = createTurningCipher()
const secretKeys = parseSecretKeys(newSecretKey('k1'))

function sealed(text: string): Buffer {
  return createSealedTexts(cipher).seal(SUBJECT, text) as Buffer
}

/** As delivery keeps texts. */
function sealedText(text: string): string {
  return `~${sealed(text).toString('base64')}`
}

/** Keys of one type with what a client reads of them. */
function redisOf(
  type: string,
  value: unknown,
  names: readonly string[] = ['p.delivery:of:1'],
): Pick<Redis, 'scanStream' | 'pipeline'> {
  const pipeline = (commands: readonly string[][]) => ({
    exec: async () => commands.map(([command]) => [null, command === 'type' ? type : value]),
  })
  const scanStream = async function* () {
    yield names
  }
  return { pipeline, scanStream } as unknown as Redis
}

async function inRedis(value: Buffer | string, given: typeof cipher | undefined = cipher) {
  return placesOf(await scanRedis(redisOf('string', Buffer.from(value)), 'p.', { cipher: given, onProgress }))
}

async function inDump(lines: readonly string[], given = cipher) {
  async function* each() {
    yield* lines
  }
  return placesOf(await scanDump(each(), { cipher: given, secretKeys, onProgress }))
}

function placesOf({ raw, opened }: { readonly raw: Found; readonly opened: Found }) {
  const placesIn = (found: Found) => [...found].flatMap(([place, canaries]) => (canaries.has(canary) ? [place] : []))
  return { raw: placesIn(raw), opened: placesIn(opened) }
}

const PLACE = 'delivery:of'
const hex = (value: Buffer | string) => `'\\x${Buffer.from(value).toString('hex')}'`

test.each([
  ['sealed', sealed(words)],
  ['sealed as a text', sealedText(words)],
  ['sealed as a text that is packed', sealedText(packed)],
  ['of a message that is known', `i${sealedText(words)}`],
  ['of a message that a snapshot reflects', `r${sealedText(words)}`],
  ['of a message that a record has claimed', `cconversations.snapshots.v1-3-4711 ${sealedText(words)}`],
])('in Redis, %s: found with the keys alone', async (_, value) => {
  expect(await inRedis(value)).toEqual({ raw: [], opened: [PLACE] })
})

test.each([
  ['a text', words],
  ['packed', packed],
  ['packed, of a message that is known', `i${packed}`],
])('in Redis, %s: found without any key', async (_, value) => {
  expect((await inRedis(value)).raw).toEqual([PLACE])
})

test('in Redis, a hash of such values', async () => {
  const fields = { evt_1: Buffer.from(`i${sealedText(words)}`) }
  const found = await scanRedis(redisOf('hash', fields), 'p.', { cipher, onProgress })
  expect(placesOf(found)).toEqual({ raw: [], opened: [PLACE] })
})

test('in Redis, a type that nobody looks into ends the scan; a key that is gone does not', async () => {
  const scan = (type: string) => scanRedis(redisOf(type, null), 'p.', { cipher, onProgress })
  await expect(scan('stream')).rejects.toThrow('p.delivery:of:1 is of the type stream')
  expect(placesOf(await scan('none'))).toEqual({ raw: [], opened: [] })
})

test('in a dump: a text, bytes, bytes that are sealed, each by its table', async () => {
  const found = await inDump([
    `INSERT INTO public.notes VALUES (1, '${words}');`,
    `INSERT INTO public.attempts VALUES (1, ${hex(words)}, NULL);`,
    `INSERT INTO public.dead_letters VALUES (1, 'several', ${hex('nothing')}, ${hex(sealed(words))});`,
    `INSERT INTO public.findings VALUES (1, ${hex('nothing')});`,
  ])
  expect(found).toEqual({ raw: ['notes', 'attempts'], opened: ['dead_letters'] })
})

test('in a dump: a plain text in a column for what is sealed', async () => {
  expect(await inDump([`INSERT INTO public.webhook_events VALUES ('evt_1', ${hex(words)});`])).toEqual({
    raw: ['webhook_events'],
    opened: [],
  })
})

test('in a dump: the texts of an approval, which the master key opens; a secret that belongs to something else', async () => {
  const resting = seal(words, secretKeys, 'a row of the console')
  expect(await inDump([`INSERT INTO public.approvals VALUES ('apr_1', '{"sealed":"${resting}"}');`])).toEqual({
    raw: [],
    opened: ['approvals'],
  })
  const secret = seal(words, secretKeys, 'ep_1')
  expect(await inDump([`INSERT INTO public.approvals VALUES ('apr_1', '${secret}');`])).toEqual({ raw: [], opened: [] })
})

test('in a dump: a hash that begins as sealed values do is none', async () => {
  const words = Buffer.from([1, 120, 47, 0, 9, 9, 9, 9])
  expect(await inDump([`INSERT INTO public.nodes VALUES (${hex(words)});`])).toEqual({ raw: [], opened: [] })
})

test('what was erased is found nowhere', async () => {
  const own = createTurningCipher()
  own.erase(SUBJECT)
  expect(await inRedis(sealedText(packed), own)).toEqual({ raw: [], opened: [] })
  expect(await inDump([`INSERT INTO public.nodes VALUES (${hex(sealed(words))});`], own)).toEqual({
    raw: [],
    opened: [],
  })
})

test.each(['cnv_1mdc3a', 'crd_m4x7', 'clt-m4-7'])(
  'the id %s in the name of a key, in a value and in a row is found, where it is not known to stay',
  async (id) => {
    const names = [`p.key:default/${id}`, `p.inboxes:default/${id}`, 'p.poller:known:snapshots:main']
    const { raw } = await scanRedis(redisOf('string', Buffer.from(`{"${id}":1}`), names), 'p.', { cipher, onProgress })
    const found = new Map([...raw].map(([place, ids]) => [`redis ${place}`, ids]))
    expect(placesWithIds(found, new Set([id]))).toEqual(['redis inboxes:default (1)', 'redis poller:known (1)'])
  },
)

test('the id of somebody in a row is found', async () => {
  async function* lines() {
    yield `INSERT INTO public.approvals VALUES ('apr_1', 'cnv_1mdc3a');`
  }
  const { raw } = await scanDump(lines(), { cipher, secretKeys, onProgress })
  expect(placesWithIds(raw, new Set(['cnv_1mdc3a']))).toEqual(['approvals (1)'])
  expect(placesWithIds(raw, new Set(['cnv_2']))).toEqual([])
})
