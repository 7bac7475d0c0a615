import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { connectKafka } from '@millrace/kafka'
import { freePort } from '@millrace/local'
import { topics } from '@millrace/schemas'
import {
  ownTime,
  patient,
  quietLog,
  type RunningSystem,
  runService,
  runSystem,
  signFront,
  startTcpProxy,
  type TcpProxy,
} from '@millrace/test-support'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { LoggingMessageNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { logIn, type Person } from './console-person.ts'

const root = resolve(import.meta.dirname, '../../../..')
/** The project's own Node. */
export const node = join(root, 'node_modules/node/bin/node')
export const stdioServer = join(root, 'services/mcp/src/stdio.ts')

/** Webhooks in, snapshots and graph out, a real console over them, and the MCP server before it: each a process. */
export interface Running {
  readonly system: RunningSystem
  readonly consoleUrl: string
  readonly mcpUrl: string
  /** Between the MCP server and the console. */
  readonly wire: TcpProxy
  /** A person with these rights, logged in to the console. */
  person(tenant: string, role: string): Promise<Person>
  /** A client over HTTP with somebody's token. */
  client(token: string): Promise<Client>
  stdioClient(token: string, env?: Readonly<Record<string, string>>): Promise<Client>
  /** Settings with which a server over stdio finds the console. */
  stdioEnv(token: string): Record<string, string>
  /** Posts a Front application webhook to the gateway. */
  front(body: object): Promise<void>
  /** `ownTime` at which a snapshot with this text was written, as a reader of its topic sees it. */
  written(text: string): Promise<number>
  /** Announces a change of a resource as a handler does. */
  announce(uri: string): Promise<void>
  close(): Promise<void>
}

export async function startRunning(): Promise<Running> {
  const { KAFKA_BROKERS = '', REDIS_URL = '' } = process.env
  const system = await runSystem({
    brokers: KAFKA_BROKERS,
    redisUrl: REDIS_URL,
    only: ['gateway', 'dedup', 'conversation-refresh', 'knowledge-graph'],
    eventPartitions: 2,
  })
  const kafka = connectKafka({
    ...patient,
    brokers: KAFKA_BROKERS.split(','),
    clientId: 'test',
    log: quietLog,
    prefix: system.prefix,
  })
  const directory = await mkdtemp(join(tmpdir(), 'millrace-mcp-'))
  const adminToken = `admin-${randomBytes(24).toString('hex')}`
  const [consolePort, mcpPort] = [await freePort(), await freePort()]
  const consoleUrl = `http://127.0.0.1:${consolePort}`
  const clients: Client[] = []
  const consoleEnv = {
    ...system.env,
    CONSOLE_HOST: '127.0.0.1',
    CONSOLE_PORT: String(consolePort),
    CONSOLE_DATA_DIR: join(directory, 'console'),
    CONSOLE_LINK_FILE: join(directory, 'link'),
    CONSOLE_ADMIN_TOKEN: adminToken,
    CONSOLE_GATEWAY_URL: system.gatewayUrl,
  }
  const wire = await startTcpProxy({ target: { host: '127.0.0.1', port: consolePort } })
  const wiredUrl = `http://${wire.host}:${wire.port}`
  const [console, mcp] = await Promise.all([
    runService({ name: 'console', env: consoleEnv, readyWithinMs: 60_000 }),
    runService({ name: 'mcp', env: { MCP_PORT: String(mcpPort), MILLRACE_CONSOLE_URL: wiredUrl } }),
  ])
  const connected = async (client: Client, transport: Parameters<Client['connect']>[0]) => {
    // What nobody takes would be an error.
    client.setNotificationHandler(LoggingMessageNotificationSchema, () => {})
    await client.connect(transport)
    clients.push(client)
    return client
  }
  const newClient = () => new Client({ name: 'test', version: '1' })
  const mcpUrl = `http://127.0.0.1:${mcpPort}/mcp`
  const stdioEnv = (token: string) => ({ MILLRACE_CONSOLE_URL: consoleUrl, MILLRACE_CONSOLE_TOKEN: token })
  return {
    ...{ system, consoleUrl, mcpUrl, wire, stdioEnv },
    person: (tenant, role) => logIn({ consoleUrl, adminToken }, tenant, role),
    client: (token) => {
      const requestInit = { headers: { authorization: `Bearer ${token}` } }
      return connected(newClient(), new StreamableHTTPClientTransport(new URL(mcpUrl), { requestInit }))
    },
    stdioClient: (token, env = {}) => {
      const given = { ...stdioEnv(token), ...env }
      return connected(
        newClient(),
        new StdioClientTransport({ command: node, args: [stdioServer], env: given, stderr: 'ignore' }),
      )
    },
    async front(json) {
      const body = Buffer.from(JSON.stringify(json))
      // Whatever is read of Front later agrees with it.
      system.front.learn(json)
      const headers = signFront(body, 'app', system.webhookSecret)
      const answer = await fetch(`${system.gatewayUrl}/api/webhooks/front`, { method: 'POST', body, headers })
      if (!answer.ok) throw new Error(`the gateway answered ${answer.status}: ${await answer.text()}`)
    },
    async written(text) {
      for await (const { value } of kafka.read(topics.snapshots, {})) if (value?.includes(text)) return ownTime()
      throw new Error('the topic ended')
    },
    async announce(uri) {
      const tenant = new URL(uri).host
      await kafka.send(topics.notices, tenant, {
        ...{ tenant, notice_id: randomUUID(), at: Date.now(), severity: 'info', kind: 'resource-updated' },
        ...{ writer: 'handlers', subject: uri, text: 'Announced by a test.', details_json: '{}' },
      })
    },
    async close() {
      await kafka.close(1_000)
      await Promise.all(clients.map((client) => client.close()))
      await Promise.all([mcp.stop(), console.stop()])
      await wire.close()
      await system.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
