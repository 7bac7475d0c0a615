import type { ServiceProcess } from '@millrace/test-support'

/** What may make one load slower than another beside what is measured. */
export interface Disturbances {
  /** Rebalances of consumer groups so far. */
  rebalances(): Promise<number>
  /** Different warnings and errors since then (epoch milliseconds), each once. */
  warningsSince(then: number): readonly string[]
}

export function watchDisturbances(services: ReadonlyMap<string, ServiceProcess>): Disturbances {
  return {
    async rebalances() {
      const texts = await Promise.all(Array.from(services.values(), (service) => service.metrics()))
      const counts = texts.flatMap((text) => [...text.matchAll(/^millrace_consumer_rebalances_total\{[^}]*\} (\d+)/gm)])
      return counts.reduce((sum, [, count]) => sum + Number(count), 0)
    },
    warningsSince(then) {
      const found = Array.from(services, ([name, { log }]) =>
        log.flatMap((line) => {
          const { level, time, message } = parsed(line)
          return (level === 'warn' || level === 'error') && Date.parse(time) >= then ? [`${name}: ${message}`] : []
        }),
      )
      return [...new Set(found.flat())]
    },
  }
}

function parsed(line: string): { level: string; time: string; message: string } {
  const nothing = { level: '', time: '', message: '' }
  try {
    return { ...nothing, ...(JSON.parse(line) as object) }
  } catch {
    // Not a line of the service's log.
    return nothing
  }
}
