export type * from './api-types.ts'
export { answerOf, type ConsoleClient, type ConsoleClientOptions, createConsoleClient } from './client.ts'
export { ConsoleClientError, type ConsoleClientErrorCode, consoleClientErrors } from './errors.ts'
