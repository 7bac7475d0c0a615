import {
  boolean,
  common,
  defineSettings,
  port,
  readSettings,
  type SettingValues,
  secretKeySettings,
  sourceSettings,
} from '@millrace/service-kit'

const {
  kafkaBrokers,
  kafkaPrefix,
  kafkaEventPartitions,
  kafkaReplication,
  kafkaTls,
  kafkaSaslMechanism,
  kafkaSaslUsername,
  kafkaSaslPassword,
} = common

/** The settings of the services that a command may need. */
export const settings = defineSettings({
  kafkaBrokers,
  kafkaPrefix,
  kafkaEventPartitions,
  kafkaReplication,
  kafkaTls,
  kafkaSaslMechanism,
  kafkaSaslUsername,
  kafkaSaslPassword,
  ...sourceSettings,
  ...secretKeySettings,
  gatewayPort: port('GATEWAY_PORT', 8000, 'Port of the local gateway, to which `millrace send` posts.'),
  allowHttp: boolean('DELIVERY_ALLOW_HTTP', false, 'Take endpoints whose URL is not https.'),
})

export type CliSettings = SettingValues<typeof settings>

/** Reads them. @throws ServiceKitError `MR_SETTINGS_INVALID` */
export function readCliSettings(): CliSettings {
  return readSettings(settings).values
}
