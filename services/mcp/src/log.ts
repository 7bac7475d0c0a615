/** What the sessions need of a logger: pino over HTTP, standard error over stdio, where standard output is the protocol's. */
export interface McpLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}
