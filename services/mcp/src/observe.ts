import type { Meter } from '@opentelemetry/api'
import type { CallOutcome } from './session.ts'

/** The service's own signals. */
export function observeMcp(meter: Meter) {
  let sessions = 0
  const calls = meter.createCounter('millrace.mcp.calls', {
    description:
      'Calls of tools by outcome: done; refused (the console or a rule said no); failed (our fault, or the console away).',
  })
  const duration = meter.createHistogram('millrace.mcp.call.duration', {
    unit: 's',
    description: 'Time that a call of a tool took.',
    advice: { explicitBucketBoundaries: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] },
  })
  const updates = meter.createCounter('millrace.mcp.updates', {
    description: 'Changes of followed resources that clients were told of.',
  })
  updates.add(0)
  meter
    .createObservableGauge('millrace.mcp.sessions', { description: 'Sessions over HTTP.' })
    .addCallback((result) => result.observe(sessions))
  return {
    onCall(tool: string, outcome: CallOutcome, durationMs: number) {
      calls.add(1, { tool, outcome })
      duration.record(durationMs / 1_000, { tool })
    },
    onUpdate: () => updates.add(1),
    onSessions: (count: number) => {
      sessions = count
    },
  }
}
