/** Clients that are kept of what many share (an employee); the others are found along its relationships. */
const CLIENTS_KEPT = 1_000

export function joinClients(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])].sort().slice(0, CLIENTS_KEPT)
}
