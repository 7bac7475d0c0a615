export type { Check, CheckReport, CheckResult } from './checks.ts'
export { closeOrder } from './closers.ts'
export {
  adminPort,
  apiTokenSettings,
  common,
  databaseSettings,
  makeSettings,
  problemOfSecretKeys,
  readinessSettings,
  secretKeySettings,
  sourceSettings,
  targetSettings,
  webhookSecretSettings,
  webhookSettings,
} from './common-settings.ts'
export type { ServiceContext } from './context.ts'
export type { BlindIndex } from './encryption/blind-index.ts'
export { endOfDaysKey } from './encryption/erased-subjects.ts'
export {
  dayOfKey,
  isKeyName,
  keyDay,
  lastEndedDay,
  nameOfKeyId,
  startOfKeyDay,
  subjectOfKeyId,
  tenantOfSubject,
} from './encryption/key-ids.ts'
export { type Encryption, openEncryption } from './encryption/open-encryption.ts'
export { type OwnEncryption, openOwnEncryption } from './encryption/open-own-encryption.ts'
export { ServiceKitError, type ServiceKitErrorCode, serviceKitErrors } from './errors.ts'
export { isCallable } from './front-account.ts'
export { observeFrontAccounts } from './front-account-metrics.ts'
export { type FrontAccountState, readFrontAccountStates } from './front-account-states.ts'
export { createFrontClients, type FrontClients } from './front-clients.ts'
export { type GapRepair, gapRepairOf } from './gap-repair.ts'
export { holdSources, type OnSources, type SourcesHolder, type WritableSources } from './hold-sources.ts'
export { boolean, choice, duration, integer, list, port, secret, string, url } from './kinds.ts'
export { leaveRotation, type RotationParts } from './leave-rotation.ts'
export { isBounded, type Logger } from './log.ts'
export { isRefusal, patiently } from './patiently.ts'
export { createProbe } from './probe.ts'
export { type EventOutcome, type EventRange, type ReadSoFar, readEvents } from './read-events.ts'
export { checkRedisKeepsKeys, closeRedis, openRedis, withRedis } from './redis.ts'
export { redisScript } from './redis-script.ts'
export {
  createTargetResolver,
  type Resolved,
  TargetRefused,
  type TargetResolver,
  type TargetResolverOptions,
  type Targets,
  targetsOf,
} from './resolve-target.ts'
export { run, type Service } from './run.ts'
export {
  openSchemaRegistry,
  pendingWireFormat,
  type Registration,
  registerSchemas,
  registryOf,
} from './schema-registry.ts'
export { createSeenEvents } from './seen-events.ts'
export { required, type Setting } from './setting.ts'
export { defineSettings, readSettings, type SettingDefinitions, type SettingValues } from './settings.ts'
export type { Account, Contract, OAuthClient, Source, Sources, Tenant } from './sources.ts'
export { sourceDefaults } from './sources.ts'
export { parseSources, readSources } from './sources-file.ts'
export { withFrontClients } from './with-front-clients.ts'
