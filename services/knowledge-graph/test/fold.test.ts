import type { InRecord, StateEntry, StateStore, TransformBatch } from '@millrace/kafka'
import type { KnowledgeObservation } from '@millrace/schemas'
import { beforeEach, describe, expect, test } from 'vitest'
import { createFold } from '../src/fold.ts'
import type { GraphState } from '../src/graph-state.ts'
import { nodeSeen } from './support/observations.ts'

const PERSON = 'default/person:default:clickup:1'

/** The state store's rules, in memory. */
function memoryStore(): StateStore<GraphState> & { entries: Map<string, StateEntry<GraphState>> } {
  const entries = new Map<string, StateEntry<GraphState>>()
  const entryOf = (key: string) => entries.get(key) ?? { value: undefined, version: 0, publishedVersion: 0 }
  return {
    entries,
    load: async (keys) => new Map(keys.map((key) => [key, entryOf(key)])),
    compareAndSet: async (changes) => {
      const moved: string[] = []
      for (const [key, { expected, value }] of changes) {
        if (entryOf(key).version !== expected) moved.push(key)
        else entries.set(key, { ...entryOf(key), value, version: expected + 1 })
      }
      return moved
    },
    markPublished: async (versions) => {
      for (const [key, publishedVersion] of versions) entries.set(key, { ...entryOf(key), publishedVersion })
    },
  }
}

function batchOf(...values: KnowledgeObservation[]): TransformBatch<KnowledgeObservation> {
  const records = values.map(
    (value, index): InRecord<KnowledgeObservation> => ({
      topic: 'observations',
      partition: 0,
      offset: BigInt(index),
      id: `observations-0-${index}`,
      key: `${value.tenant}/${value.id}`,
      value,
      headers: new Map(),
      timestamp: 0,
    }),
  )
  return { topic: 'observations', partition: 0, records, committed: 0n, signal: new AbortController().signal }
}

const openGuard = { check: async () => {}, advance: async () => {} }

describe('the fold', () => {
  let store: ReturnType<typeof memoryStore>
  let fold: ReturnType<typeof createFold>

  beforeEach(() => {
    store = memoryStore()
    fold = createFold({ store, guard: openGuard })
  })

  test('writes one record for a key that a batch sees several times', async () => {
    const { outputs } = await fold(batchOf(nodeSeen({ a: 1 }), nodeSeen({ b: 2 }, { event_id: 'e2' })))
    expect(outputs).toHaveLength(1)
    expect(outputs[0]).toMatchObject({ key: PERSON, value: { properties_json: '{"a":1,"b":2}' } })
  })

  test('writes nothing for a batch that comes again after its commit', async () => {
    const first = await fold(batchOf(nodeSeen({ a: 1 })))
    await first.afterCommit?.()
    expect((await fold(batchOf(nodeSeen({ a: 1 })))).outputs).toEqual([])
  })

  test('writes again what a crash between state and commit left unpublished', async () => {
    const first = await fold(batchOf(nodeSeen({ a: 1 })))
    const second = await fold(batchOf(nodeSeen({ a: 1 })))
    expect(second.outputs.map(({ key, value }) => ({ key, value }))).toEqual(
      first.outputs.map(({ key, value }) => ({ key, value })),
    )
  })

  test('never lets an older observation win over a newer one that was folded before it', async () => {
    await fold(batchOf(nodeSeen({ name: 'new' }, { observed_at: 2 })))
    const { outputs } = await fold(batchOf(nodeSeen({ name: 'old' }, { observed_at: 1, event_id: 'e0' })))
    expect(outputs[0]?.value).toMatchObject({ properties_json: '{"name":"new"}', first_seen: 1, last_seen: 2 })
  })

  test('folds again on what another owner wrote meanwhile', async () => {
    const rival = createFold({ store, guard: openGuard })
    let isFirst = true
    const raced = createFold({
      store,
      guard: {
        ...openGuard,
        check: async () => {
          if (isFirst) await rival(batchOf(nodeSeen({ b: 2 }, { event_id: 'e2' })))
          isFirst = false
        },
      },
    })
    const { outputs } = await raced(batchOf(nodeSeen({ a: 1 })))
    expect(outputs[0]?.value).toMatchObject({ properties_json: '{"a":1,"b":2}' })
  })

  test('changes no state while the guard refuses', async () => {
    const refusing = createFold({ store, guard: { ...openGuard, check: () => Promise.reject(new Error('emptied')) } })
    await expect(refusing(batchOf(nodeSeen({ a: 1 })))).rejects.toThrow('emptied')
    expect(store.entries.size).toBe(0)
  })

  test('calls a Redis that does not answer a reason to wait, not a bad record', async () => {
    store.load = () => Promise.reject(new Error('Command timed out'))
    await expect(fold(batchOf(nodeSeen({})))).rejects.toMatchObject({
      code: 'MR_KNOWLEDGE_REDIS_UNAVAILABLE',
      retryable: true,
    })
  })
})
