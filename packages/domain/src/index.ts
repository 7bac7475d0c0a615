export * from './actions/index.ts'
export { forbiddenRange, listOf } from './address-ranges.ts'
export * from './complete-event.ts'
export * from './conversation/index.ts'
export * from './delay-histogram.ts'
export * from './describe-payload.ts'
export { type Emission, type EmittedEvent, emittedEvent } from './emitted-event.ts'
export * from './endpoint-filter.ts'
export * from './errors.ts'
export * from './event-headers.ts'
export * from './event-id.ts'
export * from './event-types.ts'
export * from './extra-headers.ts'
export { type FieldProblem, mustBe, problemsOf } from './field-problems.ts'
export {
  type FrontBody,
  frontConversation,
  frontConversationId,
  mergedConversationIds,
  readFrontBody,
  targets as frontTargets,
} from './front-body.ts'
export { frontInboxIds, isPrivateFrontEvent } from './front-inboxes.ts'
export * from './graph/index.ts'
export * from './ingest-mode.ts'
export { asId, asObject, asText, at, type JsonObject, objectsIn } from './json.ts'
export * from './name-event.ts'
export { type NewDelivery, newDelivery } from './new-delivery.ts'
export * from './new-endpoint.ts'
export * from './outbound-message.ts'
export { elementsOf } from './page-elements.ts'
export * from './parity-reasons.ts'
export * from './parity-report.ts'
export { MAX_JSON_DEPTH, MAX_JSON_NAMES, MAX_JSON_VALUES, type ParsedJson, parseJson } from './parse-json.ts'
export * from './payload-pattern.ts'
export * from './payload-schemas.ts'
export { plainText, textToRead } from './plain-text.ts'
export { type PolledEvent, type PolledFor, polledEvent } from './polled-event.ts'
export * from './read-event.ts'
export { receivedHeaders } from './received-headers.ts'
export * from './replay.ts'
export { parseResourceUri, type ResourceName, resourceUri } from './resource-uri.ts'
export * from './show-value.ts'
export * from './split-batch.ts'
export {
  checkTargetUrl,
  type TargetPolicy,
  type TargetRule,
  type TargetVerdict,
  targetRules,
} from './target-url.ts'
export { asTime } from './times.ts'
export { unsentWords } from './unsent-types.ts'
export { uuidv5, uuidv7 } from './uuid.ts'
