import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '@millrace/local'
import { type BalancedTarget, type Balancer, startBalancer } from './balancer.ts'
import { type RunServiceOptions, runService, type ServiceProcess } from './run-service.ts'
import { type RunningSystem, type RunSystemOptions, runSystem, systemServices } from './run-system.ts'

/** Everything that the chart deploys. */
export const deployedServices = [...systemServices, 'console', 'mcp', 'handlers'] as const
export type DeployedServiceName = (typeof deployedServices)[number]

export interface DeploymentOptions extends Omit<RunSystemOptions, 'only'> {
  /** Empty Postgres database of the console, so that there may be several consoles. */
  readonly databaseUrl: string
  /** Text of the team's one file of handlers, a TypeScript module. */
  readonly handlers: string
  /** Replicas at first. Default 1. */
  readonly replicas?: Partial<Record<DeployedServiceName, number>>
  /** Settings of one service, beyond those of all. */
  readonly envOf?: Partial<Record<DeployedServiceName, Readonly<Record<string, string>>>>
}

export interface Replica {
  readonly service: ServiceProcess
  /** Of its HTTP server, for those that have one beside the admin server. */
  readonly httpPort: number | undefined
}

export interface ReplicaOptions {
  /** Default: a free one. */
  readonly adminPort?: number
  readonly env?: Readonly<Record<string, string>>
}

/** Every service with its replicas, each a process; gateway, console and mcp each behind a balancer that follows readiness. */
export interface Deployment {
  /** Settings, simulated Front, receiver and command line; its `services` are empty, and its `gatewayUrl` is nobody's. */
  readonly system: RunningSystem
  readonly gatewayUrl: string
  readonly consoleUrl: string
  /** Where MCP clients connect, `/mcp` included. */
  readonly mcpUrl: string
  /** Bearer token with every right in the console. */
  readonly adminToken: string
  replicas(name: DeployedServiceName): readonly Replica[]
  /** Starts a further replica, with settings of its own where it gets some; resolves when it is ready. */
  add(name: DeployedServiceName, own?: ReplicaOptions): Promise<Replica>
  /** SIGTERM, and SIGKILL after `deadlineMs`. Its balancer stops sending new connections once it is unready. */
  remove(name: DeployedServiceName, replica: Replica, deadlineMs: number): Promise<void>
  stop(): Promise<void>
}

const balanced = { gateway: 'GATEWAY_PORT', console: 'CONSOLE_PORT', mcp: 'MCP_PORT' } as const
type BalancedName = keyof typeof balanced

/** Creates the topics and starts everything. Rejects with the log of the one that did not get ready. */
export async function runDeployment(options: DeploymentOptions): Promise<Deployment> {
  const { replicas = {}, envOf = {}, databaseUrl, handlers, ...ofSystem } = options
  const directory = await mkdtemp(join(tmpdir(), 'millrace-deployment-'))
  const handlersFile = join(directory, 'handlers.ts')
  await writeFile(handlersFile, handlers)
  const fronts = await startFronts()
  const urlOf = (name: BalancedName) => `http://127.0.0.1:${fronts[name].balancer.port}`
  const adminToken = randomBytes(24).toString('hex')
  const first = await Promise.all(
    deployedServices
      .flatMap((name) => Array.from({ length: replicas[name] ?? 1 }, () => name))
      .map(async (name) => ({ name, adminPort: await freePort() })),
  )
  const env = {
    MILLRACE_CONSOLE_URL: urlOf('console'),
    MILLRACE_CONSOLE_TOKEN: adminToken,
    CONSOLE_HOST: '127.0.0.1',
    CONSOLE_ADMIN_TOKEN: adminToken,
    CONSOLE_GATEWAY_URL: urlOf('gateway'),
    CONSOLE_LINK_FILE: join(directory, 'link'),
    CONSOLE_RATE_PER_ADDRESS: '0',
    CONSOLE_SERVICES: first.map(({ name, adminPort }) => `${name}=http://127.0.0.1:${adminPort}`).join(','),
    DATABASE_URL: databaseUrl,
    GATEWAY_HOST: '127.0.0.1',
    HANDLERS_FILES: handlersFile,
    MCP_ALLOWED_HOSTS: new URL(urlOf('mcp')).host,
    WEBHOOK_BASE_URL: urlOf('gateway'),
    ...options.env,
  }
  const system = await runSystem({ ...ofSystem, env, only: [] })
  const running = new Map<DeployedServiceName, readonly Replica[]>(deployedServices.map((name) => [name, []]))

  const add = async (name: DeployedServiceName, own: ReplicaOptions = {}): Promise<Replica> => {
    const portSetting = isBalanced(name) ? balanced[name] : undefined
    const httpPort = portSetting === undefined ? undefined : await freePort()
    const service = await startAgain({
      name,
      ...(own.adminPort === undefined ? {} : { adminPort: own.adminPort }),
      readyWithinMs: options.readyWithinMs ?? 30_000,
      env: {
        ...system.env,
        ...envOf[name],
        ...own.env,
        ...(portSetting === undefined ? {} : { [portSetting]: String(httpPort) }),
      },
    })
    const replica = { service, httpPort }
    running.set(name, [...(running.get(name) ?? []), replica])
    if (isBalanced(name) && httpPort !== undefined)
      fronts[name].targets.push({ port: httpPort, readyUrl: `${service.adminUrl}/readyz` })
    return replica
  }
  const remove = async (name: DeployedServiceName, replica: Replica, deadlineMs: number) => {
    await replica.service.stop(deadlineMs)
    running.set(
      name,
      (running.get(name) ?? []).filter((one) => one !== replica),
    )
    if (!isBalanced(name)) return
    const { targets } = fronts[name]
    const place = targets.findIndex(({ port }) => port === replica.httpPort)
    if (place >= 0) targets.splice(place, 1)
  }
  const stop = async () => {
    await Promise.all([...running.values()].flat().map(({ service }) => service.stop()))
    await Promise.all(Object.values(fronts).map(({ balancer }) => balancer.close()))
    await system.stop()
    await rm(directory, { recursive: true, force: true })
  }
  const started = await Promise.allSettled(first.map(({ name, adminPort }) => add(name, { adminPort })))
  const failed = started.find((one) => one.status === 'rejected')
  if (failed !== undefined) {
    await stop()
    throw failed.reason
  }
  return {
    system,
    gatewayUrl: urlOf('gateway'),
    consoleUrl: urlOf('console'),
    mcpUrl: `${urlOf('mcp')}/mcp`,
    adminToken,
    replicas: (name) => running.get(name) ?? [],
    add,
    remove,
    stop,
  }
}

const MOST_STARTS = 3

/** A service may end while brokers that have just begun know no coordinator yet: it is started again, as Kubernetes does. */
async function startAgain(options: RunServiceOptions): Promise<ServiceProcess> {
  for (let start = 1; ; start++) {
    try {
      return await runService(options)
    } catch (error) {
      if (start === MOST_STARTS) throw error
    }
  }
}

interface BalancedFront {
  readonly balancer: Balancer
  readonly targets: BalancedTarget[]
}

async function startFronts(): Promise<Record<BalancedName, BalancedFront>> {
  const start = async (): Promise<BalancedFront> => {
    const targets: BalancedTarget[] = []
    return { targets, balancer: await startBalancer(targets) }
  }
  const [gateway, console, mcp] = await Promise.all([start(), start(), start()])
  return { gateway, console, mcp }
}

function isBalanced(name: DeployedServiceName): name is BalancedName {
  return name in balanced
}
