import {
  apiTokenSettings,
  common,
  databaseSettings,
  defineSettings,
  port,
  readinessSettings,
  readSettings,
  type SettingValues,
  secret,
  secretKeySettings,
  sourceSettings,
  targetSettings,
  url,
  webhookSecretSettings,
  webhookSettings,
} from '@millrace/service-kit'

const {
  environment,
  kafkaBrokers,
  kafkaPrefix,
  kafkaEventPartitions,
  kafkaReplication,
  kafkaTls,
  kafkaSaslMechanism,
  kafkaSaslUsername,
  kafkaSaslPassword,
  schemaRegistryUrl,
  schemaRegistryUsername,
  schemaRegistryPassword,
  schemaRegistryWrites,
  redisUrl,
  redisPrefix,
  encryption,
} = common

/** The settings of the services that a command may need. */
export const settings = defineSettings({
  environment,
  kafkaBrokers,
  kafkaPrefix,
  kafkaEventPartitions,
  kafkaReplication,
  kafkaTls,
  kafkaSaslMechanism,
  kafkaSaslUsername,
  kafkaSaslPassword,
  schemaRegistryUrl,
  schemaRegistryUsername,
  schemaRegistryPassword,
  schemaRegistryWrites,
  redisUrl,
  redisPrefix,
  encryption,
  ...sourceSettings,
  ...webhookSecretSettings,
  ...apiTokenSettings,
  ...secretKeySettings,
  ...databaseSettings,
  ...readinessSettings,
  webhookBaseUrl: webhookSettings.webhookBaseUrl,
  statusToken: secret(
    'GATEWAY_STATUS_TOKEN',
    undefined,
    'Bearer token with which `GET /api/status` of the gateway tells what its sources did.',
    { minLength: 16 },
  ),
  gatewayUrl: url(
    'MILLRACE_GATEWAY_URL',
    undefined,
    'Where `millrace connect` asks the gateway what comes; the local one at GATEWAY_PORT when unset. `millrace send` does not go by it: what it makes up belongs into no installation that people use.',
  ),
  gatewayPort: port('GATEWAY_PORT', 8000, 'Port of the local gateway, to which `millrace send` posts.'),
  ...targetSettings,
  consoleUrl: url(
    'MILLRACE_CONSOLE_URL',
    undefined,
    'Where the console is: commands that change something ask it; without it they write the topics themselves.',
  ),
  consoleToken: secret('MILLRACE_CONSOLE_TOKEN', undefined, 'Token of the console for this command line.'),
})

export type CliSettings = SettingValues<typeof settings>

/** Where the gateway is, without a slash at its end. */
export function gatewayUrlOf({ gatewayUrl, gatewayPort }: CliSettings): string {
  return (gatewayUrl ?? `http://127.0.0.1:${gatewayPort}`).replace(/\/+$/, '')
}

/** Reads them. @throws ServiceKitError `MR_SETTINGS_INVALID` */
export function readCliSettings(): CliSettings {
  return readSettings(settings).values
}
