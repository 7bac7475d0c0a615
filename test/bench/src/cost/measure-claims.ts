import { readFile } from 'node:fs/promises'
import { dedupIdentity } from '@millrace/domain'
import type { Report } from '@millrace/local'
import type { Redis } from 'ioredis'

const BATCH = 500
const WEEK_MS = 604_800_000
const MARKER = 'claim:marker'
/** As long as those that dedup makes. */
const INCARNATION = 'k3f9a2b7'
const PARTITIONS = 12

/**
 * Memory of `count` claims of events of Front, written by dedup's own script with keys and values as dedup makes them.
 * @param script path of `claim-events.lua`
 */
export async function measureClaims(redis: Redis, count: number, report: Report, script: string): Promise<void> {
  const lua = await readFile(script, 'utf8')
  const sha = String(await redis.script('LOAD', lua))
  const marker = `cluster ${INCARNATION}`
  await redis.set(MARKER, marker)
  const memory = async () => Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1])
  const before = await memory()
  const began = performance.now()
  for (let first = 0; first < count; first += BATCH) {
    const partition = (first / BATCH) % PARTITIONS
    const size = Math.min(BATCH, count - first)
    const claims = Array.from({ length: size }, (_, index) => claimOf(first + index))
    const keys = [MARKER, `claim:${INCARNATION}#watermarks`, ...claims]
    const values = claims.flatMap((_, index) => [
      `webhooks.received.v1-${partition}-${first + index}`,
      Date.now(),
      0,
      'f',
      1,
    ])
    await redis.evalsha(sha, keys.length, ...keys, marker, partition, 0, first + size, WEEK_MS, ...values)
    report.progress(`${first + size} claims`)
  }
  const kept = await redis.dbsize()
  report.figure('claims', kept - 2, { exactly: count })
  report.figure('claims a second', Math.round(count / ((performance.now() - began) / 1_000)))
  report.figure('bytes a claim', Math.round(((await memory()) - before) / count), { atMost: 260 })
  report.figure('MB of 1,000,000 claims', Math.round(((await memory()) - before) / count))
  report.figure('Redis', /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? '?')
}

function claimOf(number: number): string {
  const identity = { kind: 'provider', value: `evt_${(1_000_000_000 + number).toString(36)}` } as const
  return `claim:${INCARNATION}:${dedupIdentity('default', 'default', 'front', identity)}`
}
