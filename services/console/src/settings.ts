import {
  adminPort,
  apiTokenSettings,
  choice,
  common,
  databaseSettings,
  defineSettings,
  duration,
  integer,
  list,
  makeSettings,
  port,
  type SettingValues,
  secret,
  sourceSettings,
  string,
  targetSettings,
  url,
  webhookSecretSettings,
} from '@millrace/service-kit'
import { ledgerSettings } from './ledger/settings.ts'
import { readingSettings } from './read/settings.ts'

export const settings = defineSettings({
  ...common,
  ...sourceSettings,
  ...webhookSecretSettings,
  ...apiTokenSettings,
  ...targetSettings,
  ...makeSettings,
  ...readingSettings,
  ...ledgerSettings,
  host: string('CONSOLE_HOST', '0.0.0.0', 'Address on which the console serves its page and API.'),
  port: port('CONSOLE_PORT', 8090, 'Port on which the console serves its page and API.'),
  drainMs: duration(
    'CONSOLE_DRAIN_MS',
    0,
    'At shutdown, time in which requests are still taken while `/readyz` says no, so that load balancers notice.',
    { max: 120_000 },
  ),
  adminPort: adminPort('console', 9090),
  ...databaseSettings,
  dataDir: string(
    'CONSOLE_DATA_DIR',
    '.local/console',
    'Directory of the embedded database, used by one console at a time; nothing is there when DATABASE_URL is set.',
  ),
  baseUrl: url(
    'CONSOLE_BASE_URL',
    undefined,
    'Address under which people reach the console, for the links it gives out; http://127.0.0.1 and the port when unset.',
  ),
  adminToken: secret(
    'CONSOLE_ADMIN_TOKEN',
    undefined,
    'Bearer token with the role admin in all tenants, for programs that set the installation up; without it there is none.',
    { minLength: 32 },
  ),
  linkFile: string(
    'CONSOLE_LINK_FILE',
    undefined,
    'File that gets the one-time link of the first administrator, readable by its owner alone; standard output when unset.',
  ),
  trustedProxies: list(
    'CONSOLE_TRUSTED_PROXIES',
    [],
    'Addresses or CIDR ranges of proxies whose `X-Forwarded-For`, `-Host` and `-Proto` are believed; empty: nobody’s.',
    { pattern: /^[0-9a-fA-F.:]+(\/\d{1,3})?$/, takes: 'IP addresses or CIDR ranges, separated by commas' },
  ),
  ratePerAddress: integer(
    'CONSOLE_RATE_PER_ADDRESS',
    1_200,
    'Requests a minute that one address may make of the API; 0 for no limit.',
    { max: 1_000_000 },
  ),
  loginsPerAddress: integer('CONSOLE_LOGINS_PER_ADDRESS', 10, 'Logins a minute that one address may try.', {
    min: 1,
    max: 10_000,
  }),
  gatewayUrl: url(
    'CONSOLE_GATEWAY_URL',
    'http://127.0.0.1:8000',
    'Where the console reaches the gateway, to hand in tasks that were asked for through it once they are approved.',
  ),
  approvals: choice(
    'CONSOLE_APPROVALS',
    ['two-person', 'one-person'],
    'two-person',
    'Who approves what waits for approval: another person than who asked, or, for a team of one, anybody with the role; the page says which.',
  ),
  approve: list(
    'CONSOLE_APPROVE',
    [],
    'What else waits for approval, beside webhook responses, erasure and replays of more than 1,000 events a day: `redrive`, `endpoint-enable`.',
    { pattern: /^(redrive|endpoint-enable)$/, takes: 'redrive, endpoint-enable or both, separated by commas' },
  ),
  sessionMs: duration('CONSOLE_SESSION', 43_200_000, 'Time after which one has to log in again, whatever one does.', {
    min: 60_000,
    max: 2_073_600_000,
  }),
  sessionIdleMs: duration(
    'CONSOLE_SESSION_IDLE',
    7_200_000,
    'Time without a request after which one has to log in again.',
    {
      min: 60_000,
      max: 2_073_600_000,
    },
  ),
})

export type ConsoleSettings = SettingValues<typeof settings>
