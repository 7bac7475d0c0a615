// What other checks of the deployment hold names in PromQL against.
export { type KnownLabels, unknownNames } from './check/check-names.ts'
export { readMetricsReference } from './metrics-reference.ts'
