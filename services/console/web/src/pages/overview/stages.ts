import type { Overview } from '../../app/answers.ts'

type Health = Overview['services']['items'][number]

/** One service on the way of an event, with what waits before it. */
export interface Stage {
  readonly name: string
  readonly does: string
  readonly health: Health | undefined
  /** Records that its groups have not read; null while none is known. */
  readonly lag: number | null
  readonly groups: readonly { readonly group: string; readonly topic: string; readonly lag: number | null }[]
}

interface StagePlan {
  readonly name: string
  readonly does: string
  /** Beginning of the names of its consumer groups; none reads no topic. */
  readonly groups: string | null
}

/** In the order that an event meets them. */
const plan: readonly StagePlan[] = [
  { name: 'gateway', does: 'verifies and stores', groups: null },
  { name: 'poller', does: 'finds what was missed', groups: 'poller' },
  { name: 'dedup', does: 'each event once', groups: 'dedup' },
  { name: 'conversation-refresh', does: 'keeps conversations fresh', groups: 'conversation' },
  { name: 'knowledge-graph', does: 'learns, and answers Make', groups: 'knowledge' },
  { name: 'delivery', does: 'sends to endpoints', groups: 'delivery' },
]

/** Each service of the main way. */
export function stagesOf({ services, consumers }: Pick<Overview, 'services' | 'consumers'>): Stage[] {
  return plan.map(({ name, does, groups: prefix }) => {
    const groups = consumers.items.filter(({ group }) => group === prefix || group.startsWith(`${prefix}-`))
    return { name, does, health: services.items.find((service) => service.name === name), lag: sum(groups), groups }
  })
}

/** What else runs: console, mcp, handlers … */
export function othersOf({ services }: Pick<Overview, 'services'>): Health[] {
  return services.items.filter(({ name }) => !plan.some((stage) => stage.name === name))
}

function sum(groups: Stage['groups']): number | null {
  const known = groups.flatMap(({ lag }) => (lag === null ? [] : [lag]))
  return known.length === 0 ? null : known.reduce((all, lag) => all + lag, 0)
}
