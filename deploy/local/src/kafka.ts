import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { brokenDownloadAdvice } from './broken-download.ts'
import { brokerSettings } from './broker-settings.ts'
import { clusterAt } from './cluster-at.ts'
import { LocalError } from './errors.ts'
import { freePort } from './ports.ts'
import { processServer, type Server } from './server.ts'
import { exchange } from './wait.ts'

export interface KafkaServers {
  /** `host:port` of every broker. */
  readonly brokers: readonly string[]
  /** The brokers as servers; the first one is the controller too. */
  readonly nodes: readonly [Server, ...Server[]]
}

export interface NativeKafkaOptions {
  readonly java: string
  /** Directory with Kafka's jars. */
  readonly lib: string
  readonly dir: string
  readonly ports: readonly number[]
  /** The setting that moves the first port, where one does. */
  readonly portVariable?: string | undefined
  /** Compile hot code fully: slower to start, faster after some seconds. For benchmarks and long runs. */
  readonly isLongRun: boolean
  readonly onCrash?: ((server: Server, how: string) => void) | undefined
}

const logging = resolve(import.meta.dirname, '../kafka/log4j2.properties')

/** Apache Kafka as child processes on 127.0.0.1, one broker for each port. Started when this settles. */
export async function startNativeKafka(options: NativeKafkaOptions): Promise<KafkaServers> {
  const clusterId = newClusterId()
  const controllerPort = await freePort()
  const nodes: Server[] = []
  for (const [index, port] of options.ports.entries()) {
    nodes.push(await nativeBroker(options, { node: index + 1, port, controllerPort, clusterId }))
  }
  await startAll(nodes)
  const [first, ...others] = nodes
  if (!first) throw new RangeError('a cluster has at least one broker')
  return { brokers: options.ports.map((port) => `127.0.0.1:${port}`), nodes: [first, ...others] }
}

async function startAll(nodes: readonly Server[]): Promise<void> {
  const results = await Promise.allSettled(nodes.map((node) => node.start()))
  const failed = results.find((result) => result.status === 'rejected')
  if (!failed) return
  await Promise.all(nodes.map((node) => node.kill()))
  throw failed.reason
}

interface NodePlace {
  readonly node: number
  readonly port: number
  readonly controllerPort: number
  readonly clusterId: string
}

async function nativeBroker(options: NativeKafkaOptions, place: NodePlace): Promise<Server> {
  const dir = join(options.dir, `kafka-${place.node}`)
  const dataDir = join(dir, 'data')
  const settingsFile = join(dir, 'server.properties')
  mkdirSync(dir, { recursive: true })
  for (const log of ['broker.log', 'console.log']) rmSync(join(dir, log), { force: true })
  writeFileSync(settingsFile, brokerSettings({ ...place, brokers: options.ports.length, dataDir }))
  const jvm = jvmArguments(options.lib, dir, options.isLongRun)
  if (!existsSync(join(dataDir, 'meta.properties'))) {
    await format(options.java, jvm, place.clusterId, settingsFile)
  }
  return processServer({
    name: options.ports.length === 1 ? 'Kafka' : `Kafka broker ${place.node}`,
    command: options.java,
    args: [...jvm, 'kafka.Kafka', settingsFile],
    cwd: dir,
    logFile: join(dir, 'console.log'),
    port: place.port,
    portVariable: options.portVariable,
    isReady: async () => (await clusterAt('127.0.0.1', place.port)) === clusterOf(dataDir),
    startDeadlineMs: 180_000,
    onCrash: options.onCrash,
  })
}

/** The cluster that a formatted data directory belongs to. */
function clusterOf(dataDir: string): string | undefined {
  return /^cluster\.id=(.+)$/m.exec(readFileSync(join(dataDir, 'meta.properties'), 'utf8'))?.[1]?.trim()
}

function jvmArguments(lib: string, dir: string, isLongRun: boolean): string[] {
  const classPath = readdirSync(lib)
    .sort()
    .map((jar) => join(lib, jar))
    .join(':')
  // Measured on two cores: 1.6 s to ready with the first compiler only, 2.3 s with both.
  const quickStart = isLongRun ? [] : ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']
  return [
    ...quickStart,
    '-Xms128m',
    '-Xmx512m',
    '-XX:+ExitOnOutOfMemoryError',
    `-Dlog4j2.configurationFile=${logging}`,
    `-Dbroker.log=${join(dir, 'broker.log')}`,
    '-cp',
    classPath,
  ]
}

async function format(java: string, jvm: readonly string[], clusterId: string, settingsFile: string): Promise<void> {
  const args = [...jvm, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', settingsFile]
  try {
    await promisify(execFile)(java, args, { timeout: 60_000 })
  } catch (cause) {
    const settings = readFileSync(settingsFile, 'utf8')
    const advice = brokenDownloadAdvice(String(cause))
    const detail = advice || `${cause}\n${settings}`
    throw new LocalError('MR_LOCAL_SERVER_DOWN', `Kafka could not format its data directory.\n${detail}`, { cause })
  }
}

/** A cluster id as Kafka writes them: 16 bytes in URL-safe base64, not beginning with a dash. */
export function newClusterId(): string {
  const id = randomBytes(16).toString('base64url')
  return id.startsWith('-') ? newClusterId() : id
}

/** ApiVersions v0, the one request that every broker answers to everyone; it answers only once it serves clients. */
const apiVersions = Buffer.from('0000000a0012000000000001ffff', 'hex')

/** Whether a Kafka broker serves requests on an address. With TLS or SASL only the connection is looked at. */
export async function kafkaAnswers(host: string, port: number): Promise<boolean> {
  const answer = await exchange(host, port, apiVersions, 1_000)
  return answer !== undefined && answer.length >= 4
}
