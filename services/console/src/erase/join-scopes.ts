import type { ErasureScope, TouchedNode } from '@millrace/operations'

/** What was found that is not part of a scope yet; undefined when all of it is. */
export function newsOf(found: ErasureScope, known: ErasureScope): ErasureScope | undefined {
  const subjects = new Set(known.dataSubjects.map(({ id }) => id))
  const events = new Set(known.events.map(({ id }) => id))
  const nodes = new Map(known.nodes.map((node) => [node.id, new Set(node.events)]))
  const news = {
    dataSubjects: found.dataSubjects.filter(({ id }) => !subjects.has(id)),
    events: found.events.filter(({ id }) => !events.has(id)),
    nodes: found.nodes.filter(({ id, events }) => events.some((event) => nodes.get(id)?.has(event) !== true)),
  }
  return Object.values(news).every((each) => each.length === 0) ? undefined : { ...found, ...news }
}

/** Two findings of the same subject as one. */
export function joined(known: ErasureScope, found: ErasureScope): ErasureScope {
  return {
    ...known,
    dataSubjects: byId([...known.dataSubjects, ...found.dataSubjects]),
    events: byId([...known.events, ...found.events]),
    accounts: [...new Set([...known.accounts, ...found.accounts])],
    endpoints: [...new Set([...known.endpoints, ...found.endpoints])],
    nodes: joinedNodes([...known.nodes, ...found.nodes]),
    relationships: [...new Set([...known.relationships, ...found.relationships])],
  }
}

function byId<T extends { readonly id: string }>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [item.id, item])).values()]
}

function joinedNodes(nodes: readonly TouchedNode[]): TouchedNode[] {
  const groups = Map.groupBy(nodes, ({ id }) => id)
  return Array.from(groups, ([id, some]) => ({
    id,
    events: [...new Set(some.flatMap(({ events }) => events))],
    isOld: some.some(({ isOld }) => isOld === true),
  }))
}
