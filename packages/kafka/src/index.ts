export { connectKafka } from './connect.ts'
export {
  classify,
  KafkaError,
  type KafkaErrorCode,
  kafkaErrors,
  permanent,
  type RetryClass,
  throttled,
  transient,
} from './errors.ts'
export { type FoldOptions, type PublishDetail, type RunningFold, startFold } from './fold.ts'
export { createKeptTexts } from './kept-texts.ts'
export { KEY_ID_HEADER } from './key-id.ts'
export { createLoopBreaks } from './loop-breaks.ts'
export { partitionOf } from './murmur2.ts'
export { reachingRedis } from './reaching-redis.ts'
export { output } from './records.ts'
export { createSealedTexts, type SealedTexts } from './sealed-text.ts'
export { keyLifeOf } from './sealing.ts'
export { createStateGuard, type StateGuard } from './state-guard.ts'
export { createStateStore } from './state-store.ts'
export { hasTraces } from './telemetry.ts'
export type * from './types.ts'
