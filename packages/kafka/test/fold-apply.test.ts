import { beforeEach, describe, expect, test } from 'vitest'
import { createFoldApply, type FoldApplyOptions } from '../src/fold-apply.ts'
import { type InRecord, output, type StateEntry, type StateStore, type TransformBatch } from '../src/index.ts'
import type { StoredState } from '../src/stored-state.ts'
import { bytesTopic } from './support/topics.ts'

type Store = StateStore<StoredState<string[]>>

/** The state store's rules, in memory. */
function memoryStore(): Store & { entries: Map<string, StateEntry<StoredState<string[]>>> } {
  const entries = new Map<string, StateEntry<StoredState<string[]>>>()
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
    expire: async (keys) => {
      for (const key of keys) entries.delete(key)
    },
    markPublished: async (versions) => {
      for (const [key, publishedVersion] of versions) entries.set(key, { ...entryOf(key), publishedVersion })
    },
  }
}

const topic = bytesTopic('states')

/** Each value is a record of the same key. */
function batchOf(...values: string[]): TransformBatch<Buffer> {
  const records = values.map(
    (value, index): InRecord<Buffer> => ({
      topic: 'observations',
      partition: 0,
      offset: BigInt(index),
      id: `observations-0-${index}`,
      key: 'key',
      value: Buffer.from(value),
      headers: new Map(),
      timestamp: 0,
    }),
  )
  return { topic: 'observations', partition: 0, records, committed: 0n, signal: new AbortController().signal }
}

const openGuard = { check: async () => 'filling', advance: async () => {} }

/** State of a key: every value that was seen under it, sorted. */
function rules(store: Store, guard: FoldApplyOptions<Buffer, string[]>['guard'] = openGuard) {
  const options: FoldApplyOptions<Buffer, string[]> = {
    store,
    guard,
    fold: (known = [], { value }) => [...new Set([...known, String(value)])].toSorted(),
    publish: (key, state, { isFirst }) =>
      output({ topic, key, value: Buffer.from(state.join(' ')), headers: { first: String(isFirst) } }),
    encode: (state) => state.join(' '),
  }
  return options
}

function applyWith(store: Store, guard?: FoldApplyOptions<Buffer, string[]>['guard']) {
  return createFoldApply(rules(store, guard))
}

describe('a fold', () => {
  let store: ReturnType<typeof memoryStore>
  let apply: ReturnType<typeof applyWith>

  beforeEach(() => {
    store = memoryStore()
    apply = applyWith(store)
  })

  async function published(batch: TransformBatch<Buffer>): Promise<[text: string, isFirst: unknown][]> {
    const { outputs } = await apply(batch)
    return outputs.map(({ value, headers }) => [String(value), headers?.first])
  }

  test('writes one record for a key that a batch sees several times, caused by the last of them', async () => {
    const batch = batchOf('a', 'b')
    const { outputs } = await apply(batch)
    expect(outputs).toMatchObject([{ key: 'key', value: Buffer.from('a b'), cause: batch.records[1] }])
  })

  test('writes nothing for a batch that comes again after its commit', async () => {
    const first = await apply(batchOf('a'))
    await first.afterCommit?.()
    expect(await published(batchOf('a'))).toEqual([])
  })

  test('publishes several records of one state, and is told what is already published of it', async () => {
    const told: unknown[] = []
    const several = createFoldApply<Buffer, string[]>({
      store,
      guard: openGuard,
      fold: (known = [], { value }) => [...known, String(value)],
      publish: (_, state, { before }) => {
        told.push(before)
        return state.map((word) => output({ topic, key: word, value: Buffer.from(word) }))
      },
      encode: (state) => state.join(' '),
    })
    await (await several(batchOf('a'))).afterCommit?.()
    const unfinished = await several(batchOf('b'))
    expect(unfinished.outputs.map(({ key }) => key)).toEqual(['a', 'b'])
    await several(batchOf('c'))
    expect(told).toEqual([undefined, ['a'], undefined])
  })

  test('writes again what a crash between state and commit left unpublished', async () => {
    expect(await published(batchOf('a'))).toEqual([['a', 'true']])
    expect(await published(batchOf('a'))).toEqual([['a', 'true']])
  })

  test('knows a state as published by the committed offset, when a crash came before that was noted', async () => {
    await apply(batchOf('a'))
    expect(await published({ ...batchOf('b'), committed: 1n })).toEqual([['a b', 'false']])
  })

  test('the first record of a key is the first, whatever silent states were folded before it', async () => {
    const quiet = createFoldApply<Buffer, string[]>({ ...rules(store), isSilent: (state) => !state.includes('b') })
    const first = async (batch: TransformBatch<Buffer>) => {
      const { outputs, afterCommit } = await quiet(batch)
      await afterCommit?.()
      return outputs.map(({ headers }) => headers?.first)
    }
    await first(batchOf('a'))
    expect(await first(batchOf('a', 'b'))).toEqual(['true'])
    expect(await first(batchOf('a', 'b', 'c'))).toEqual(['false'])
  })

  test('what one topic left unpublished and another published is no first record again', async () => {
    await apply(batchOf('a'))
    const other = (...values: string[]): TransformBatch<Buffer> => ({ ...batchOf(...values), topic: 'reads' })
    const withOther = createFoldApply<Buffer, string[]>({ ...rules(store), committedOf: async () => 0n })
    const told = await withOther(other('b'))
    expect(told.outputs.map(({ headers }) => headers?.first)).toEqual(['true'])
    // Committed, but nobody noted that any more; then the first topic's batch comes again.
    const committed = createFoldApply<Buffer, string[]>({ ...rules(store), committedOf: async () => 9n })
    const again = await committed(batchOf('a'))
    expect(again.outputs.map(({ headers }) => headers?.first)).toEqual(['false'])
  })

  test('folds again on what another owner wrote meanwhile', async () => {
    const rival = applyWith(store)
    let isFirst = true
    const raced = applyWith(store, {
      ...openGuard,
      check: async () => {
        if (isFirst) await rival(batchOf('b'))
        isFirst = false
        return 'filling'
      },
    })
    const { outputs } = await raced(batchOf('a'))
    expect(outputs.map(({ value }) => String(value))).toEqual(['a b'])
  })

  test('changes no state while the guard refuses', async () => {
    const refusing = applyWith(store, { ...openGuard, check: () => Promise.reject(new Error('emptied')) })
    await expect(refusing(batchOf('a'))).rejects.toThrow('emptied')
    expect(store.entries.size).toBe(0)
  })

  test('calls a Redis that does not answer a reason to wait, not a bad record', async () => {
    store.load = () => Promise.reject(new Error('Command timed out'))
    await expect(apply(batchOf('a'))).rejects.toMatchObject({
      code: 'MR_KAFKA_REDIS_UNAVAILABLE',
      retryable: true,
      message: 'Redis cannot read the state: Command timed out',
    })
  })
})
