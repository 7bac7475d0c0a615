import { asObject, asText, parseJson, topicKey } from '@millrace/domain'
import type { Redis } from 'ioredis'
import { conversationsOf, type ErasureScope, ownNodesOf } from './scope.ts'

const AT_ONCE = 500

/** Everything of a scope that lies in Redis under keys of its own, by form; the forms are those of docs/privacy.md. */
export function redisKeysOf(scope: ErasureScope, clusterId: string): Map<string, string[]> {
  const { tenant, dataSubjects, events, endpoints } = scope
  const conversations = conversationsOf(scope)
  const own = conversations.map((id) => topicKey(tenant, id))
  return new Map([
    ['reply:<reply key>', events.map(({ reply_key }) => `reply:${reply_key}`)],
    ['inboxes:<record key>', dataSubjects.map(({ id }) => `inboxes:${topicKey(tenant, id)}`)],
    ['state:conversation-snapshot:…', own.map((key) => `state:conversation-snapshot:${clusterId}:${key}`)],
    [
      'state:knowledge-fold:…',
      ownNodesOf(scope).map((id) => `state:knowledge-fold:${clusterId}:${topicKey(tenant, id)}`),
    ],
    [
      'delivery:chain:…',
      endpoints.flatMap((endpoint) => conversations.map((id) => `delivery:chain:${topicKey(tenant, endpoint)}/${id}`)),
    ],
    ['delivery:messages:…', own.map((key) => `delivery:messages:${key}`)],
    [
      'delivery:told:…',
      events.flatMap(({ id, conversation }) =>
        conversation === null ? [] : [`delivery:told:${topicKey(tenant, conversation)}:${id}`],
      ),
    ],
  ])
}

/** How many of these there are now, by form. */
export async function countRedis(
  redis: Redis,
  keys: ReadonlyMap<string, readonly string[]>,
): Promise<Map<string, number>> {
  return await eachForm(keys, (some) => redis.exists(...some))
}

/** Takes them away. @returns how many there were, by form */
export async function deleteRedis(
  redis: Redis,
  keys: ReadonlyMap<string, readonly string[]>,
): Promise<Map<string, number>> {
  return await eachForm(keys, (some) => redis.unlink(...some))
}

async function eachForm(
  keys: ReadonlyMap<string, readonly string[]>,
  call: (some: readonly string[]) => Promise<number>,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const [form, names] of keys) {
    let count = 0
    for (let start = 0; start < names.length; start += AT_ONCE) count += await call(names.slice(start, start + AT_ONCE))
    counts.set(form, count)
  }
  return counts
}

/** Takes conversations and events out of lists that hold those of others too. @returns how many entries there were, by form */
export async function leaveRedisLists(
  redis: Redis,
  scope: ErasureScope,
  clusterId: string,
): Promise<Map<string, number>> {
  const conversations = conversationsOf(scope)
  const events = scope.events.map(({ id }) => id)
  const { tenant, accounts } = scope
  const ended = accounts.flatMap((account) => conversations.map((id) => JSON.stringify([tenant, account, id])))
  const counts = new Map<string, number>()
  const add = (form: string, count: number) => counts.set(form, (counts.get(form) ?? 0) + count)
  add(
    'state:conversation-snapshot:…:ended',
    await inSlices(ended, (some) => redis.zrem(`state:conversation-snapshot:${clusterId}:ended`, ...some)),
  )
  for (const name of accounts.map((account) => topicKey(tenant, account))) {
    for (const from of ['snapshots', 'events'])
      add(
        `poller:known:${from}:<tenant>/<account>`,
        await inSlices(conversations, (some) => redis.zrem(`poller:known:${from}:${name}`, ...some)),
      )
    for (const hash of await comparisonsOf(redis, name))
      add('parity:<tenant>/<account>:…', await inSlices(events, (some) => redis.hdel(hash, ...some)))
  }
  return counts
}

/** Hashes of marks: of windows that are still compared, and of what came one way only. */
async function comparisonsOf(redis: Redis, account: string): Promise<string[]> {
  const windows = await redis.zrange(`parity:${account}:open`, '0', '-1')
  return ['missing', ...windows.map((window) => `window:${window}`)].map((hash) => `parity:${account}:${hash}`)
}

/**
 * Takes every mark of the scopes' conversations out of what is compared, by what the marks say: an event that came while they were erased, and that nothing
 * kept but its mark, is in no scope. Looks at all marks of their accounts, so once for several scopes.
 */
export async function leaveComparisons(redis: Redis, scopes: readonly ErasureScope[]): Promise<void> {
  const gone = new Map<string, Set<string>>()
  for (const scope of scopes) {
    for (const name of scope.accounts.map((account) => topicKey(scope.tenant, account)))
      gone.set(name, new Set([...(gone.get(name) ?? []), ...conversationsOf(scope)]))
  }
  for (const [name, conversations] of gone) {
    for (const hash of await comparisonsOf(redis, name)) await leaveMarks(redis, hash, conversations)
  }
}

async function leaveMarks(redis: Redis, hash: string, conversations: ReadonlySet<string>): Promise<void> {
  for await (const entries of redis.hscanStream(hash, { count: AT_ONCE })) {
    const marks = entries as string[]
    const own = marks.filter((_, nth) => nth % 2 === 0 && conversations.has(conversationIn(marks[nth + 1] ?? '')))
    if (own.length > 0) await redis.hdel(hash, ...own)
  }
}

function conversationIn(mark: string): string {
  const parsed = parseJson(Buffer.from(mark))
  return (parsed.ok && asText(asObject(parsed.value)?.conversation_id)) || ''
}

async function inSlices(names: readonly string[], call: (some: readonly string[]) => Promise<number>): Promise<number> {
  let count = 0
  for (let start = 0; start < names.length; start += AT_ONCE) count += await call(names.slice(start, start + AT_ONCE))
  return count
}
