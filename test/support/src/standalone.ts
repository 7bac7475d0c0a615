/** A port from an environment variable. @throws Error that names the variable when it holds no port. */
export function portFromEnv(name: string, fallback: number): number {
  const text = process.env[name]
  if (!text) return fallback
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new Error(`${name}=${text} is no port (0 to 65535)`)
}

/** Where a tool listens and is reached in a container: `<name>_HOST` and `<name>_URL`, as far as they are set. */
export function placeFromEnv(name: string): { host?: string; url?: string } {
  const { [`${name}_HOST`]: host, [`${name}_URL`]: url } = process.env
  return { ...(host && { host }), ...(url && { url }) }
}

/** Ends a standalone tool on SIGTERM or SIGINT. */
export function closeOnSignal(tool: { close(): Promise<void> }): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void tool.close().then(() => process.exit(0)))
  }
}
