import type { OnLine, TelemetrySignal } from '@millrace/test-support'
import { type Found, scanText } from './scan.ts'

/** Canaries in what services write and send to a collector. It is looked into as it comes and not kept, so what this holds grows with the people and not with the time. */
export interface Logs {
  readonly onLine: OnLine
  readonly onExport: (signal: TelemetrySignal, bytes: Buffer) => void
  /** Exports so far. */
  exports(signal: TelemetrySignal): number
  /** By place, as of now. */
  found(): Found
}

export function collectLogs(): Logs {
  const found: Found = new Map()
  const counts = new Map<TelemetrySignal, number>()
  return {
    onLine: (name, line) => scanText(found, `log of ${name}`, line),
    onExport(signal, bytes) {
      counts.set(signal, (counts.get(signal) ?? 0) + 1)
      // OTLP's texts stand in it as they are.
      scanText(found, `exported ${signal}`, bytes)
    },
    exports: (signal) => counts.get(signal) ?? 0,
    found: () => new Map([...found].map(([name, canaries]) => [name, new Set(canaries)])),
  }
}
