import { freePort, type Stack } from '@millrace/local'
import { type ServerUnderTest, startServer } from './server-process.ts'

export interface Setting {
  readonly stack: Stack
  readonly secret: string
  readonly dir: string
}

/** Bare node:http: reads the body and answers. */
export async function startReference({ dir }: Setting): Promise<ServerUnderTest> {
  const script = 'test/bench/src/gateway/reference.main.ts'
  return startServer({ name: 'reference', script, port: await freePort(), envs: [{}], dir })
}

/** Fastify and one kafkajs `send` for each request. */
export async function startNaive({ dir, stack, secret }: Setting, topic: string): Promise<ServerUnderTest> {
  return startServer({
    name: 'naive',
    script: 'test/bench/src/gateway/naive.main.ts',
    port: await freePort(),
    envs: [{ KAFKA_BROKERS: stack.brokers, TOPIC: topic, WEBHOOK_SECRET: secret }],
    dir,
  })
}

/**
 * The service as it is, with its limits out of the way; `count` processes share one port as an operator would have them share it.
 * @param isProfiled keeps a CPU profile in the setting's `dir`
 */
export async function startGateway(
  { dir, stack, secret }: Setting,
  sources: string,
  count = 1,
  isProfiled = false,
): Promise<ServerUnderTest> {
  const port = await freePort()
  const adminPorts: number[] = []
  while (adminPorts.length < count) adminPorts.push(await freePort())
  const env = {
    KAFKA_BROKERS: stack.brokers,
    REDIS_URL: stack.redisUrl,
    GATEWAY_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    GATEWAY_RATE_PER_ADDRESS: '0',
    GATEWAY_REUSE_PORT: String(count > 1),
    ADMIN_HOST: '127.0.0.1',
    WEBHOOK_SECRET: secret,
    MILLRACE_SOURCES: sources,
    MILLRACE_ENV_FILE: '',
  }
  return startServer({
    name: isProfiled ? 'gateway, profiled' : count === 1 ? 'gateway' : `gateway ×${count}`,
    script: 'services/gateway/src/main.ts',
    port,
    envs: adminPorts.map((adminPort) => ({ ...env, GATEWAY_ADMIN_PORT: String(adminPort) })),
    dir,
    isReady: async () => (await Promise.all(adminPorts.map(isReady))).every((ready) => ready),
    nodeArguments: isProfiled ? ['--cpu-prof', `--cpu-prof-dir=${dir}`] : [],
  })
}

async function isReady(adminPort: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${adminPort}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  )
}
