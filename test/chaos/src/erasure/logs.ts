import type { OnLine } from '@millrace/test-support'
import { type Found, scanText } from './scan.ts'

/** Canaries in what services write. Lines are looked into as they come and not kept, so what this holds grows with the people and not with the time. */
export interface Logs {
  readonly onLine: OnLine
  /** By service, as of now. */
  found(): Found
}

export function collectLogs(): Logs {
  const found: Found = new Map()
  return {
    onLine: (name, line) => scanText(found, name, line),
    found: () => new Map([...found].map(([name, canaries]) => [name, new Set(canaries)])),
  }
}
