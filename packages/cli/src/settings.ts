import {
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
  ...sourceSettings,
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

/** Reads them. @throws ServiceKitError `MR_SETTINGS_INVALID` */
export function readCliSettings(): CliSettings {
  return readSettings(settings).values
}
