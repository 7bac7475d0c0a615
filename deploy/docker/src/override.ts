import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { services } from '@millrace/local'
import type { LocalImages } from './local-images.ts'

/** A second file for Compose, over docker-compose.yml. */
export interface Override {
  readonly services: Readonly<Record<string, object>>
}

/** So many sources are read in a thread, which is a file of its own in the image. */
const FURTHER_SOURCES = 1_000
/** More than the load sends. */
const REQUESTS_PER_MINUTE = 100_000
const AT = '/etc/millrace/sources.yaml'

/**
 * What the check needs beyond docker-compose.yml: sources that may send fast, for the gateway a thousand more; a second console with the embedded
 * database; the programs of locally made servers; and no image from outside.
 * @param dir where the sources files are written
 */
export function overrideFor(
  dir: string,
  variables: Readonly<Record<string, string>>,
  local: LocalImages | undefined,
): Override {
  const few = writeSources(dir, 'sources.json', sources(variables, 0))
  const many = writeSources(dir, 'many-sources.json', sources(variables, FURTHER_SOURCES))
  const own = services
    .filter(({ name }) => name !== 'mcp')
    .map(({ name }) => [name, withSources(name === 'gateway' ? many : few)])
  const tools = ['topics', 'cli', 'mcp', 'front-simulator', 'receiver'].map((name) => [name, { pull_policy: 'never' }])
  return {
    services: {
      ...Object.fromEntries([...own, ...tools]),
      'console-embedded': embeddedConsole(variables),
      ...(local && madeServers),
    },
  }
}

function withSources(file: string): object {
  return { pull_policy: 'never', environment: { MILLRACE_SOURCES: AT }, volumes: [`${file}:${AT}:ro`] }
}

/** One without DATABASE_URL, whose image must hold the embedded database. */
function embeddedConsole(variables: Readonly<Record<string, string>>): object {
  return {
    profiles: ['core'],
    image: `${variables.MILLRACE_IMAGES}/console:${variables.MILLRACE_VERSION}`,
    pull_policy: 'never',
    env_file: 'deploy/compose/settings.env',
    read_only: true,
    cap_drop: ['ALL'],
    tmpfs: ['/tmp:size=64m', '/var/lib/millrace:size=512m,mode=1777'],
    environment: {
      NODE_ENV: 'development',
      KAFKA_BROKERS: 'kafka:9092',
      REDIS_URL: 'redis://redis:6379',
      CONSOLE_DATA_DIR: '/var/lib/millrace',
      MILLRACE_SECRET_KEYS: variables.MILLRACE_SECRET_KEYS,
    },
    depends_on: { topics: { condition: 'service_completed_successfully' }, redis: { condition: 'service_healthy' } },
    healthcheck: {
      test: ['CMD', 'node', '/app/health.js', 'http://127.0.0.1:9090/readyz'],
      interval: '10s',
      timeout: '10s',
      retries: 12,
      start_period: '180s',
    },
  }
}

const madeServers = {
  kafka: { pull_policy: 'never', entrypoint: ['kafka-server'] },
  redis: { pull_policy: 'never' },
  postgres: { pull_policy: 'never', entrypoint: ['postgres-server'] },
}

function writeSources(dir: string, name: string, content: object): string {
  const file = join(dir, name)
  // The user of the container is nobody on this machine; JSON is YAML.
  writeFileSync(file, JSON.stringify(content), { mode: 0o644 })
  return file
}

function sources(variables: Readonly<Record<string, string>>, further: number): object {
  const { WEBHOOK_SECRET, MAKE_COM_WEBHOOK_SECRET, FRONT_API_TOKEN, FRONT_API_BASE_URL, FRONT_API_CALLS_PER_MINUTE } =
    variables
  const limit = { rate_limit_per_minute: REQUESTS_PER_MINUTE }
  const more = Array.from({ length: further }, (_, index) => ({
    name: `source-${index}`,
    provider: 'front',
    secrets: [{ secret: 'a secret' }],
  }))
  const account = {
    name: 'default',
    api_token: FRONT_API_TOKEN,
    base_url: FRONT_API_BASE_URL,
    calls_per_minute: Number(FRONT_API_CALLS_PER_MINUTE),
  }
  const make = { name: 'make', provider: 'make', path: '/api/webhook/make.com/chatgpt-clients', synchronous: true }
  return {
    accounts: [account],
    sources: [
      {
        name: 'front',
        provider: 'front',
        path: '/api/webhooks/front',
        secrets: [{ secret: WEBHOOK_SECRET }],
        ...limit,
      },
      { ...make, secrets: [{ secret: MAKE_COM_WEBHOOK_SECRET }], ...limit },
      ...more,
    ],
  }
}
