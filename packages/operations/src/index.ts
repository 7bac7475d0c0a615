export * from './audit/chain.ts'
export { auditRecordOf, readAudit } from './audit/read-audit.ts'
export * from './audit/verify-chain.ts'
export { deadline } from './deadline.ts'
export * from './endpoints/endpoint-condition.ts'
export * from './endpoints/endpoint-fields.ts'
export * from './endpoints/endpoint-operations.ts'
export * from './endpoints/endpoint-records.ts'
export {
  checkedSecret,
  forReceivers,
  newSecretOf,
  sealedSecret,
  secretKeysFrom,
} from './endpoints/endpoint-secrets.ts'
export * from './endpoints/endpoint-store.ts'
export { type EndpointView, openPart, viewOf } from './endpoints/endpoint-view.ts'
export { TEST_WITHIN_MS, testEndpoint } from './endpoints/test-endpoint.ts'
export { destroyKeys, destroyLeftKeys } from './erasure/destroy-keys.ts'
export { countRedis, deleteRedis, leaveComparisons, leaveRedisLists, redisKeysOf } from './erasure/erase-redis.ts'
export { dayOf, lastExpiry, personalTopics, SEGMENT_MS } from './erasure/expiry.ts'
export * from './erasure/receipt.ts'
export { scanTopics } from './erasure/scan-topics.ts'
export * from './erasure/scope.ts'
export * from './erasure/subject.ts'
export { askToForget, writeErasures, writeNulls } from './erasure/write-nulls.ts'
export * from './errors.ts'
export * from './keys/rewrap-keys.ts'
export * from './modes/mode-operations.ts'
export { readTable, readToEnd, requireTopic } from './read-records.ts'
export { type DeadDelivery, type DeadFilter, fitsType, readDead } from './redrive/dead-deliveries.ts'
export {
  ALL_DELIVERIES,
  type DeadPlace,
  findDeadPlace,
  type LetterFilter,
  REDRIVEN_HEADER,
} from './redrive/dead-letters.ts'
export { planRedrive, type RedrivePlan } from './redrive/plan-redrive.ts'
export { estimateRedrive, obstacleOf, type RedriveEstimate, redriveDeliveries } from './redrive/redrive-deliveries.ts'
export type { LetterPace } from './redrive/redrive-letters.ts'
export { type WayBack, wayBack } from './redrive/way-back.ts'
export { daysOfKeys } from './retention/days-of-keys.ts'
export { type EndedDays, endKeys, type KeysOfDays, lookAtKeysOfDays } from './retention/end-keys.ts'
