import { setTimeout as sleep } from 'node:timers/promises'
import type { PrometheusServer } from '@millrace/test-support'

/** A time in which an alert fired, with whatever labels; epoch milliseconds. */
export interface Spell {
  readonly from: number
  /** Null while it lasts. */
  until: number | null
}

/** When each alert fired, as far as looked at. */
export interface AlertLog {
  spells(name: string): readonly Spell[]
  isFiring(name: string): boolean
  /** All that ever fired. */
  names(): readonly string[]
  /** What fires now, with its labels, for people. */
  firing(): readonly string[]
  stop(): Promise<void>
}

/** Looks at the alerts of a Prometheus every `everyMs`. An answer that does not come changes nothing. */
export function followAlerts(prometheus: Pick<PrometheusServer, 'alerts'>, everyMs = 500): AlertLog {
  const spells = new Map<string, Spell[]>()
  const ending = new AbortController()
  let now: readonly string[] = []

  const look = async () => {
    const alerts = (await prometheus.alerts()).filter(({ state }) => state === 'firing')
    const at = Date.now()
    const firing = new Set(alerts.map(({ name }) => name))
    for (const name of firing) {
      const known = spells.get(name) ?? []
      spells.set(name, known)
      if (known.at(-1)?.until !== null) known.push({ from: at, until: null })
    }
    for (const [name, known] of spells) {
      const last = known.at(-1)
      if (last?.until === null && !firing.has(name)) last.until = at
    }
    now = alerts.map(({ labels }) => labelled(labels))
  }
  const run = async () => {
    while (!ending.signal.aborted) {
      await look().catch(() => {})
      await sleep(everyMs, undefined, { signal: ending.signal }).catch(() => {})
    }
  }
  const running = run()
  return {
    spells: (name) => spells.get(name) ?? [],
    isFiring: (name) => spells.get(name)?.at(-1)?.until === null,
    names: () => [...spells.keys()],
    firing: () => now,
    async stop() {
      ending.abort()
      await running
    },
  }
}

function labelled({ alertname = '', ...labels }: Readonly<Record<string, string>>): string {
  const told = Object.entries(labels).filter(([name]) => name !== 'severity' && name !== 'instance')
  return `${alertname}${told.length === 0 ? '' : ` {${told.map(([name, value]) => `${name}="${value}"`).join(', ')}}`}`
}
