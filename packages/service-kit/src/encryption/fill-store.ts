import type { Redis } from 'ioredis'
import { redisScript } from '../redis-script.ts'
import { nameOfKeyId, subjectOfKeyId } from './key-ids.ts'
import { ADD_KEY, END_KEY, FILLED, KEYS_PER_CALL, keyName } from './key-store.ts'

/** A key as the topic has it; `wrapped` null: destroyed. */
export interface TopicKey {
  readonly keyId: string
  readonly wrapped: string | null
}

/** What a filling writes. Rejects as ioredis does while Redis is away. */
export interface FillStore {
  /** Begins a filling; answers the next offset to read of each partition, none of it when Redis is filled from the beginning. */
  begin(token: string, cluster: string, isWhole: boolean): Promise<ReadonlyMap<number, bigint>>
  /** False when Redis was emptied since the filling began. */
  put(token: string, keys: readonly TopicKey[], next: ReadonlyMap<number, bigint>): Promise<boolean>
  /** From now on what Redis lacks is looked for in the rest of the topic alone. False as above. */
  complete(token: string): Promise<boolean>
  /** Forgets a filling that came to nothing. */
  abandon(token: string): Promise<void>
  /** Until `ttlMs` has passed nobody else gets it. */
  lock(owner: string, ttlMs: number): Promise<boolean>
  unlock(owner: string): Promise<void>
  isComplete(cluster: string): Promise<boolean>
}

/** Token of a filling whose process was killed. */
const LEFT_AFTER_MS = 3_600_000
const LOCK = 'keys:filling'

const beginScript = redisScript(`
local now = tonumber(ARGV[2])
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  local began = string.sub(field, 1, 8) == 'filling:' and tonumber(redis.call('HGET', KEYS[1], field))
  if began and began < now - ${LEFT_AFTER_MS} then redis.call('HDEL', KEYS[1], field) end
end
redis.call('HSET', KEYS[1], 'filling:' .. ARGV[1], ARGV[2])
return redis.call('HGETALL', KEYS[1])`)

// One token for each filling: it is gone when Redis was emptied meanwhile, and what was put before is too.
const IS_MINE = `if redis.call('HEXISTS', KEYS[1], 'filling:' .. ARGV[1]) == 0 then return 0 end`

// A key of a day that is gone ended with its time, and its subject goes on; where the subject was erased, its entry among the erasures says so.
const putScript = redisScript(`${ADD_KEY}${END_KEY}
${IS_MINE}
for i = 2, #KEYS do
  local key, wrapped = ARGV[2 * i - 1], ARGV[2 * i]
  if wrapped ~= '' then add(KEYS[i], key, wrapped)
  elseif string.find(key, '-', 1, true) then endKey(KEYS[i], key)
  else
    redis.call('DEL', KEYS[i])
    redis.call('HSET', KEYS[i], 'destroyed', ARGV[2])
  end
end
return 1`)

const advanceScript = redisScript(`${IS_MINE}
for i = 2, #ARGV, 2 do
  local known = tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '-1')
  if known < tonumber(ARGV[i + 1]) then redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
return 1`)

const completeScript = redisScript(`${IS_MINE}
redis.call('HDEL', KEYS[1], 'filling:' .. ARGV[1])
redis.call('HSET', KEYS[1], 'complete', '1')
return 1`)

const unlockScript = redisScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`)

export function createFillStore(redis: () => Redis): FillStore {
  const isFilledFrom = async (cluster: string) => (await redis().hget(FILLED, 'cluster')) === cluster

  const put = async (token: string, keys: readonly TopicKey[]) => {
    for (let start = 0; start < keys.length; start += KEYS_PER_CALL) {
      const some = keys.slice(start, start + KEYS_PER_CALL)
      const names = [FILLED, ...some.map(({ keyId }) => keyName(subjectOfKeyId(keyId)))]
      const values = some.flatMap(({ keyId, wrapped }) => [nameOfKeyId(keyId), wrapped ?? ''])
      if ((await putScript(redis(), names, [token, Date.now(), ...values])) !== 1) return false
    }
    return true
  }

  return {
    async begin(token, cluster, isWhole) {
      if (!(await isFilledFrom(cluster))) {
        await forgetAllKeys(redis())
        await redis().hset(FILLED, 'cluster', cluster)
      }
      const fields = (await beginScript(redis(), [FILLED], [token, Date.now()])) as string[]
      const pairs = Array.from({ length: fields.length / 2 }, (_, place) => fields.slice(2 * place, 2 * place + 2))
      const isComplete = pairs.some(([field]) => field === 'complete')
      if (isWhole || !isComplete) return new Map()
      const numbered = pairs.filter(([field = '']) => /^\d+$/.test(field))
      return new Map(numbered.map(([field, next]) => [Number(field), BigInt(next ?? 0)]))
    },
    async put(token, keys, next) {
      if (!(await put(token, keys))) return false
      const places = [...next].flatMap(([partition, offset]) => [String(partition), String(offset)])
      return (await advanceScript(redis(), [FILLED], [token, ...places])) === 1
    },
    complete: async (token) => (await completeScript(redis(), [FILLED], [token])) === 1,
    abandon: async (token) => {
      await redis().hdel(FILLED, `filling:${token}`)
    },
    lock: async (owner, ttlMs) => {
      if ((await redis().set(LOCK, owner, 'PX', ttlMs, 'NX')) === 'OK') return true
      return (await redis().get(LOCK)) === owner && (await redis().pexpire(LOCK, ttlMs)) === 1
    },
    unlock: async (owner) => {
      await unlockScript(redis(), [LOCK], [owner])
    },
    isComplete: async (cluster) => {
      const [found, complete] = await redis().hmget(FILLED, 'cluster', 'complete')
      return found === cluster && complete !== null
    },
  }
}

/** Keys of another cluster: what they encrypted is not in this one. */
async function forgetAllKeys(redis: Redis): Promise<void> {
  const prefix = redis.options.keyPrefix ?? ''
  const pattern = `${prefix.replaceAll(/[*?[\]\\]/g, String.raw`\$&`)}${keyName('*')}`
  for await (const names of redis.scanStream({ match: pattern, count: 500 }) as AsyncIterable<string[]>)
    if (names.length > 0) await redis.unlink(names.map((name) => name.slice(prefix.length)))
  await redis.del(FILLED)
}
