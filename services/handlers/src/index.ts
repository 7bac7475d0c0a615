/** What a team's handlers import from `@millrace/handlers`. */
export { resourceUri } from '@millrace/domain'
export type { AnyEvent, EventOf, EventPattern, KnownType } from './events.ts'
export type { EmitOptions, FrontReads, Handler, HandlerContext, HandlerLog } from './handler.ts'
export { on } from './registry.ts'
export { permanent, throttled, transient } from './verdicts.ts'
