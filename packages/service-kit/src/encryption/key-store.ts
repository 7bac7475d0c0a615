import type { Redis } from 'ioredis'
import { redisScript } from '../redis-script.ts'
import { dayOfKey, nameOfKeyId, subjectOfKeyId } from './key-ids.ts'

export interface StoredKey {
  readonly keyId: string
  readonly wrapped: string
}

/** `unfilled`: Redis was emptied, or was filled from another cluster, so that what it lacks may exist. */
export type Found = StoredKey | 'destroyed' | 'missing' | 'unfilled'

/** The keys that Redis has. Rejects as ioredis does while it is away. */
export interface KeyStore {
  /** The key of each slot that is encrypted with now, in their order. */
  current(slots: readonly string[]): Promise<Found[]>
  /** Each of these keys, in their order. */
  find(keyIds: readonly string[]): Promise<Found[]>
  /** Adds new keys; answers what each one's slot is encrypted with from then on, which may be another's key. */
  offer(keys: readonly StoredKey[]): Promise<Found[]>
}

/** The hash that says up to where Redis has what is in the topic. */
export const FILLED = 'keys:filled'

export function keyName(subject: string): string {
  return `key:${subject}`
}

/** A busy server dislikes scripts over thousands of keys. */
export const KEYS_PER_CALL = 200

// Of several keys of a slot the smallest is current, whoever comes first: every filling of Redis agrees.
export const ADD_KEY = `
local function pointerOf(key)
  local day = string.match(key, '^(%d+)-')
  return day and 'current:' .. day or 'current'
end
local function add(name, key, wrapped)
  if redis.call('HEXISTS', name, 'destroyed') == 1 or redis.call('HGET', name, key) == '' then return end
  redis.call('HSET', name, key, wrapped)
  local pointer = pointerOf(key)
  local current = redis.call('HGET', name, pointer)
  if not current or key < current then redis.call('HSET', name, pointer, key) end
end
local function currentOf(name, pointer)
  local found = redis.call('HMGET', name, pointer, 'destroyed')
  if found[2] then return {'destroyed', ''} end
  if not found[1] then return {'missing', ''} end
  return {found[1], redis.call('HGET', name, found[1])}
end`

/** After `ADD_KEY`. That the key was there is kept, empty, so that it is not looked for and not put back by who read of it before. */
export const END_KEY = `
local function endKey(name, key)
  redis.call('HSET', name, key, '')
  local pointer = pointerOf(key)
  if redis.call('HGET', name, pointer) == key then redis.call('HDEL', name, pointer) end
end`

const IS_FILLED = `
local filled = redis.call('HMGET', KEYS[1], 'cluster', 'complete')
if filled[1] ~= ARGV[1] or not filled[2] then return false end`

const takeCurrent = redisScript(`${ADD_KEY}${IS_FILLED}
local found = {}
for i = 2, #KEYS do found[i - 1] = currentOf(KEYS[i], ARGV[i]) end
return found`)

const findKeys = redisScript(`${IS_FILLED}
local found = {}
for i = 2, #KEYS do
  local one = redis.call('HMGET', KEYS[i], ARGV[i], 'destroyed')
  if one[2] or one[1] == '' then found[i - 1] = {'destroyed', ''}
  elseif one[1] then found[i - 1] = {ARGV[i], one[1]}
  else found[i - 1] = {'missing', ''} end
end
return found`)

const offerKeys = redisScript(`${ADD_KEY}${IS_FILLED}
local found = {}
for i = 2, #KEYS do
  add(KEYS[i], ARGV[2 * i - 2], ARGV[2 * i - 1])
  found[i - 1] = currentOf(KEYS[i], pointerOf(ARGV[2 * i - 2]))
end
return found`)

/** @param cluster id of the Kafka cluster: keys of another one may not be in this one's topic */
export function createKeyStore(redis: () => Redis, cluster: () => Promise<string>): KeyStore {
  const ask = async <T>(
    script: ReturnType<typeof redisScript>,
    items: readonly T[],
    subjectOf: (item: T) => string,
    argsOf: (item: T) => readonly string[],
  ): Promise<Found[]> => {
    const found: Found[] = []
    for (let start = 0; start < items.length; start += KEYS_PER_CALL) {
      const some = items.slice(start, start + KEYS_PER_CALL)
      const names = [FILLED, ...some.map((item) => keyName(subjectOf(item)))]
      const answer = await script(redis(), names, [await cluster(), ...some.flatMap(argsOf)])
      for (const [place, item] of some.entries()) found.push(readFound(subjectOf(item), answer, place))
    }
    return found
  }
  return {
    current: (slots) => ask(takeCurrent, slots, subjectOfKeyId, (slot) => [pointerOf(slot)]),
    find: (keyIds) => ask(findKeys, keyIds, subjectOfKeyId, (keyId) => [nameOfKeyId(keyId)]),
    offer: (keys) =>
      ask(
        offerKeys,
        keys,
        ({ keyId }) => subjectOfKeyId(keyId),
        ({ keyId, wrapped }) => [nameOfKeyId(keyId), wrapped],
      ),
  }
}

/** The field that says which key of a slot is current. */
function pointerOf(slot: string): string {
  const day = dayOfKey(slot)
  return day === undefined ? 'current' : `current:${day}`
}

function readFound(subject: string, answer: unknown, place: number): Found {
  if (!Array.isArray(answer)) return 'unfilled'
  const [first, wrapped] = answer[place] as [string, string | null]
  if (first === 'destroyed' || first === 'missing') return first
  // A current key without its bytes can only be a torn hand-made change.
  return wrapped === null ? 'missing' : { keyId: `${subject}/${first}`, wrapped }
}
