import { topics } from '@millrace/schemas'
import { expect, test } from 'vitest'
import { createSealing } from '../../src/sealing.ts'
import type { KeyLife } from '../../src/types.ts'

const notUsed = () => {
  throw new Error('not asked for')
}

test('what happened is encrypted with a key that ages, the last state with one that lasts', () => {
  const asked: [readonly string[], KeyLife | undefined][] = []
  const sealing = createSealing({
    prepareWrite(subjects, life) {
      asked.push([subjects, life])
      return undefined
    },
    encrypt: (subject, _plain, life) => ({ keyId: `${subject}/${life}`, bytes: Buffer.alloc(0) }),
    ...{ prepareRead: notUsed, isErased: notUsed, decrypt: notUsed },
  })
  const outputs = [topics.events, topics.received, topics.snapshots].map((topic) => ({
    ...{ topic: topic as never, key: 'default/cnv_1', value: {} },
  }))
  expect(sealing.prepareWrite(outputs)).toBeUndefined()
  expect(asked).toEqual([
    [['default/cnv_1'], 'aging'],
    [['default/cnv_1'], 'lasting'],
  ])
  const lives = outputs.map(({ topic, key, value }) => {
    const record = { topic: '', partition: 0, key: Buffer.from(key), value: Buffer.alloc(1), headers: {} }
    return sealing.seal(topic, key, value as never, record)?.headers['x-key-id']
  })
  expect(lives).toEqual(['default/cnv_1/aging', 'default/cnv_1/aging', 'default/cnv_1/lasting'])
})
