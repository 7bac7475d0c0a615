/** What the demo runs against, from the environment that `npm start` gives it. */
export interface DemoSettings {
  readonly gatewayUrl: string
  readonly brokers: readonly string[]
  readonly kafkaPrefix: string
  /** With what the services encrypt, so that what they wrote can be told. */
  readonly secretKeys: string | undefined
  readonly redisUrl: string
  readonly redisPrefix: string
  readonly secrets: { readonly front: string; readonly frontRule: string | undefined; readonly make: string }
  /** Token with which the gateway tells what its sources did; null when none is set. */
  readonly statusToken: string | null
  /** The Front API simulator; null when the real Front is used. */
  readonly simulatorUrl: string | null
  /** The receiver that stands for a customer. */
  readonly receiverUrl: string
  readonly receiverSecret: string | null
}

/** @throws Error that names a variable which is missing. */
export function readDemoSettings(env: NodeJS.ProcessEnv): DemoSettings {
  const front = need(env, 'WEBHOOK_SECRET')
  const api = env.FRONT_API_BASE_URL ?? ''
  return {
    gatewayUrl: env.MILLRACE_GATEWAY_URL || `http://127.0.0.1:${env.GATEWAY_PORT || 8000}`,
    brokers: (env.KAFKA_BROKERS || '127.0.0.1:19092').split(','),
    kafkaPrefix: env.KAFKA_PREFIX ?? '',
    secretKeys: env.MILLRACE_SECRET_KEYS || undefined,
    redisUrl: env.REDIS_URL || 'redis://127.0.0.1:16379',
    redisPrefix: env.REDIS_PREFIX ?? '',
    secrets: { front, frontRule: env.FRONT_RULE_SECRET || undefined, make: need(env, 'MAKE_COM_WEBHOOK_SECRET') },
    statusToken: env.GATEWAY_STATUS_TOKEN || null,
    simulatorUrl: api.startsWith('http://') ? api : null,
    receiverUrl: `http://127.0.0.1:${env.RECEIVER_PORT || 8098}`,
    receiverSecret: env.RECEIVER_SECRET || null,
  }
}

function need(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name]
  if (value) return value
  throw new Error(
    `${name} is not set: the demo signs with it. Run it by \`npm run demo\`, which knows the secrets of the local stack.`,
  )
}
