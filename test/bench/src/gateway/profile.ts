import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string }
  readonly children?: readonly number[]
}

/** As `node --cpu-prof` writes it; times in microseconds. */
interface Profile {
  readonly nodes: readonly ProfileNode[]
  readonly startTime: number
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

type Matcher = (name: string, url: string) => boolean

const named =
  (...names: string[]): Matcher =>
  (name) =>
    names.includes(name)
const inside =
  (...parts: string[]): Matcher =>
  (_, url) =>
    parts.some((part) => url.includes(part))

/** A sample belongs to the first of these that its innermost known caller is. */
const parts: readonly (readonly [string, Matcher])[] = [
  ['garbage collection', named('(garbage collector)')],
  ['native code outside of functions', named('(program)')],
  ['system call: records to the broker', named('writeBuffer', 'writev')],
  ['system call: answers to senders', named('writeLatin1String', 'writeUtf8String')],
  ['CRC-32C', inside('crc32c')],
  ['encoding of the Produce request', inside('encode-produce')],
  ['metrics', inside('sdk-metrics', 'tallied-metrics', 'gateway/src/labels.ts')],
  ['signature', inside('packages/signing')],
  ['JSON: scan and parse', inside('split-batch', 'parse-json', 'scan-json')],
  ['log line', inside('service-kit/src/log.ts', 'flat-line', 'redact.ts', '/pino/', 'sonic-boom')],
  ['limits', inside('rate-limit', 'limits.ts', 'shared-counts')],
  ['the record: fields, headers, Avro', inside('received-webhooks', 'packages/domain', 'avsc', 'packages/schemas')],
  ['kafkajs: requests and answers', inside('/kafkajs/src')],
  ['send: batches, spans, promises', inside('packages/kafka/src')],
  ['the gateway’s own lines', inside('services/gateway/src')],
  ['node:http and sockets', inside('node:')],
]

/** Shares of the busy time, in percent, by part, the largest first; what happened in the first `skipSeconds` is left out. */
export function whereTheTimeGoes(directory: string, skipSeconds: number): readonly (readonly [string, number])[] {
  const name = readdirSync(directory).find((file) => file.endsWith('.cpuprofile'))
  if (name === undefined) throw new Error(`no profile in ${directory}`)
  const profile: Profile = JSON.parse(readFileSync(join(directory, name), 'utf8'))
  const partOf = partsOf(profile)
  const times = new Map<string, number>()
  let at = 0
  let busy = 0
  for (const [place, id] of profile.samples.entries()) {
    const delta = profile.timeDeltas[place] ?? 0
    at += delta
    const part = partOf.get(id) ?? 'the rest'
    if (at < skipSeconds * 1e6 || part === 'idle') continue
    busy += delta
    times.set(part, (times.get(part) ?? 0) + delta)
  }
  return [...times].map(([part, time]) => [part, (time / busy) * 100] as const).toSorted((a, b) => b[1] - a[1])
}

function partsOf({ nodes }: Profile): Map<number, string> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const callers = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)))
  return new Map(nodes.map(({ id }) => [id, partAt(id, byId, callers)]))
}

function partAt(leaf: number, byId: Map<number, ProfileNode>, callers: Map<number, number>): string {
  if (byId.get(leaf)?.callFrame.functionName === '(idle)') return 'idle'
  for (let id: number | undefined = leaf; id !== undefined; id = callers.get(id)) {
    const { functionName = '', url = '' } = byId.get(id)?.callFrame ?? {}
    const part = parts.find(([, matches]) => matches(functionName, url))
    if (part !== undefined) return part[0]
  }
  return 'the rest'
}
