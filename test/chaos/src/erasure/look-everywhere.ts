import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Kafka } from '@millrace/kafka'
import type { SecretKeys } from '@millrace/signing'
import type { ServiceProcess } from '@millrace/test-support'
import type { Redis } from 'ioredis'
import type { Logs } from './logs.ts'
import { insisting } from './people.ts'
import { type Found, type OnProgress, scanDump, scanKafka, scanRedis, scanText } from './scan.ts'

export interface Everywhere {
  /** Reads whatever an installation's keys open. */
  readonly kafka: Kafka
  readonly redis: Redis
  readonly prefix: string
  readonly databaseUrl: string
  readonly secretKeys: SecretKeys
  readonly services: readonly ServiceProcess[]
  /** Of all lines that were written until now. */
  readonly logs: Logs
  readonly onProgress: OnProgress
  /** As `scanKafka` takes it. */
  readonly lastOnly: boolean
}

export interface Look {
  readonly plain: Found
  readonly readable: Found
}

/** Everything that is anywhere, as it lies there and as it can be read by who has all keys. */
export async function lookEverywhere(everywhere: Everywhere): Promise<Look> {
  const { kafka, redis, prefix, onProgress, lastOnly } = everywhere
  const [plain, readable]: [Found, Found] = [new Map(), new Map()]
  const merge = (into: Found, kind: string, found: Found) => {
    for (const [place, canaries] of found) into.set(`${kind} ${place}`, canaries)
  }
  const inKafka = await scanKafka(kafka, { onProgress, lastOnly })
  merge(plain, 'topic', inKafka.raw)
  merge(readable, 'topic', inKafka.opened)
  const inRedis = await scanRedis(redis, prefix, { cipher: kafka.cipher, onProgress })
  merge(plain, 'redis', inRedis.raw)
  merge(readable, 'redis', inRedis.opened)
  const inDatabase = await scanDatabase(everywhere)
  merge(plain, 'table', inDatabase.raw)
  merge(readable, 'table', inDatabase.opened)
  for (const [place, canaries] of everywhere.logs.found()) plain.set(place, canaries)
  for (const service of everywhere.services)
    scanText(plain, `metrics of ${service.name}`, await insisting(() => service.metrics(), 60_000))
  for (const [place, canaries] of plain) readable.set(place, new Set([...(readable.get(place) ?? []), ...canaries]))
  return { plain, readable }
}

/** As a backup has it, row by row: a whole one is larger than a text can be. */
async function scanDatabase({ databaseUrl, kafka: { cipher }, secretKeys, onProgress }: Everywhere) {
  const command = 'exec pg_dump "$DATABASE_URL" --data-only --inserts'
  const env = { ...process.env, DATABASE_URL: databaseUrl }
  const dump = spawn('bash', ['-c', command], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(dump, 'exit')
  const found = await scanDump(createInterface({ input: dump.stdout }), { cipher, secretKeys, onProgress })
  const [code] = await ended
  if (code !== 0) throw new Error(`pg_dump ended with ${code}`)
  return found
}
