export { callsOfPoller } from './count-poller.ts'
export { type Freshness, type FreshnessOptions, startFreshness } from './start-freshness.ts'
