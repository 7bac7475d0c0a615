export { createGateway, type EmbeddedGateway, type GatewayOptions } from './embed.ts'
export type { Action, ReceivedEvent } from './embed-actions.ts'
export type { SourceOptions } from './embed-source.ts'
export { GatewayError, type GatewayErrorCode } from './errors.ts'
