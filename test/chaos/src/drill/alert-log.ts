import { setTimeout as sleep } from 'node:timers/promises'
import type { PrometheusServer } from '@millrace/test-support'

type Labels = Readonly<Record<string, string>>

/** An alert, of all those with its name the ones with these labels. What `where` names and an alert does not have is not asked for. */
export interface Sought {
  readonly alert: string
  readonly where?: Labels | undefined
}

/** A time in which an alert fired; epoch milliseconds. */
export interface Spell {
  readonly labels: Labels
  readonly from: number
  /** Null while it lasts. */
  until: number | null
}

/** When each alert fired, as far as looked at. */
export interface AlertLog {
  /** In the order in which they began. */
  spells(sought: Sought): readonly Spell[]
  isFiring(sought: Sought): boolean
  /** All that ever fired. */
  names(): readonly string[]
  /** What fires now, with its labels, for people. */
  firing(): readonly string[]
  stop(): Promise<void>
}

/** Looks at the alerts of a Prometheus every `everyMs`. An answer that does not come changes nothing. */
export function followAlerts(prometheus: Pick<PrometheusServer, 'alerts'>, everyMs = 500): AlertLog {
  const spells: Spell[] = []
  const open = new Map<string, Spell>()
  const ending = new AbortController()
  let now: readonly string[] = []

  const look = async () => {
    const alerts = (await prometheus.alerts()).filter(({ state }) => state === 'firing')
    const at = Date.now()
    const firing = new Map(alerts.map(({ labels }) => [JSON.stringify(labels), labels]))
    for (const [key, labels] of firing) {
      if (open.has(key)) continue
      const spell = { labels, from: at, until: null }
      open.set(key, spell)
      spells.push(spell)
    }
    for (const [key, spell] of open) {
      if (firing.has(key)) continue
      spell.until = at
      open.delete(key)
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
  const find = ({ alert, where = {} }: Sought) =>
    spells.filter(
      ({ labels }) =>
        labels.alertname === alert && Object.entries(where).every(([name, value]) => (labels[name] ?? value) === value),
    )
  return {
    spells: find,
    isFiring: (sought) => find(sought).some(({ until }) => until === null),
    names: () => [...new Set(spells.map(({ labels }) => labels.alertname ?? ''))],
    firing: () => now,
    async stop() {
      ending.abort()
      await running
    },
  }
}

function labelled({ alertname = '', ...labels }: Labels): string {
  const told = Object.entries(labels).filter(([name]) => name !== 'severity' && name !== 'instance')
  return `${alertname}${told.length === 0 ? '' : ` {${told.map(([name, value]) => `${name}="${value}"`).join(', ')}}`}`
}
