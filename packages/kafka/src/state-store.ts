import { createHash } from 'node:crypto'
import { createSealedTexts } from './sealed-text.ts'
import type { StateEntry, StateStore, StateStoreOptions } from './types.ts'

// One hash a key: v = version, p = published version, s = state. Redis runs a script as one step, so compare and set cannot be torn apart.
const COMPARE_AND_SET = `
local moved = {}
for i, key in ipairs(KEYS) do
  local current = tonumber(redis.call('HGET', key, 'v') or '0')
  local expected = tonumber(ARGV[2 * i - 1])
  if current == expected then
    redis.call('HSET', key, 'v', expected + 1, 's', ARGV[2 * i])
    redis.call('PERSIST', key)
  else
    moved[#moved + 1] = i
  end
end
return moved`

const MARK_PUBLISHED = `
for i, key in ipairs(KEYS) do
  local current = tonumber(redis.call('HGET', key, 'p') or '0')
  local published = tonumber(ARGV[i])
  if published > current and redis.call('EXISTS', key) == 1 then redis.call('HSET', key, 'p', published) end
end
return 0`

// A cluster or a busy server dislikes scripts over thousands of keys.
const KEYS_PER_CALL = 200

/**
 * State by key in Redis with versions; see DESIGN §7, "State". With a cipher, a key is its state's subject: of one that was erased there is no state,
 * and none is written. Rejects as ioredis does when Redis is away (transient), and as the cipher does.
 */
export function createStateStore<S>({ redis, prefix, encode, decode, cipher }: StateStoreOptions<S>): StateStore<S> {
  const sealed = createSealedTexts(cipher)
  const evaluate = async (
    script: string,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<unknown> => {
    const names = keys.map((key) => `${prefix}${key}`)
    const sha = createHash('sha1').update(script).digest('hex')
    try {
      return await redis.evalsha(sha, names.length, ...names, ...args)
    } catch (error) {
      if (!String((error as Error).message).startsWith('NOSCRIPT')) throw error
      return redis.eval(script, names.length, ...names, ...args)
    }
  }

  const loadSome = async (keys: readonly string[], found: Map<string, StateEntry<S>>) => {
    const pipeline = redis.pipeline()
    for (const key of keys) pipeline.hmgetBuffer(`${prefix}${key}`, 'v', 'p', 's')
    const answers = ((await pipeline.exec()) ?? []).map(([error, fields]) => {
      if (error) throw error
      return (fields ?? []) as (Buffer | null)[]
    })
    await sealed.prepareOpen(answers.map(([, , state]) => state ?? null))
    keys.forEach((key, place) => {
      const [version, published, state] = answers[place] ?? []
      const bytes = state === null || state === undefined ? undefined : sealed.open(state)
      found.set(key, {
        version: Number(version ?? 0),
        publishedVersion: Number(published ?? 0),
        value: bytes === undefined ? undefined : decode(bytes),
      })
    })
  }

  return {
    async load(keys) {
      const found = new Map<string, StateEntry<S>>()
      for (const some of slices([...new Set(keys)])) await loadSome(some, found)
      return found
    },
    async compareAndSet(changes) {
      const moved: string[] = []
      for (const all of slices([...changes])) {
        await sealed.prepareSeal(all.map(([key]) => key))
        const some = all.flatMap(([key, { expected, value }]) => {
          const text = sealed.seal(key, encode(value))
          return text === undefined ? [] : [{ key, expected, text }]
        })
        if (some.length === 0) continue
        const keys = some.map(({ key }) => key)
        const answer = await evaluate(
          COMPARE_AND_SET,
          keys,
          some.flatMap(({ expected, text }) => [expected, text]),
        )
        for (const place of answer as number[]) moved.push(keys[place - 1] as string)
      }
      return moved
    },
    async expire(keys, afterMs) {
      const pipeline = redis.pipeline()
      for (const key of keys) pipeline.pexpire(`${prefix}${key}`, afterMs)
      for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error
    },
    async markPublished(versions) {
      for (const some of slices([...versions])) {
        await evaluate(
          MARK_PUBLISHED,
          some.map(([key]) => key),
          some.map(([, version]) => version),
        )
      }
    },
  }
}

function* slices<T>(items: readonly T[]): Generator<T[]> {
  for (let start = 0; start < items.length; start += KEYS_PER_CALL) yield items.slice(start, start + KEYS_PER_CALL)
}
