/** Looks names up together, and no name twice at the same time. */
export function shareLookups(
  lookUp: (names: readonly string[]) => Promise<void>,
): (names: readonly string[]) => Promise<void> {
  const underWay = new Map<string, Promise<void>>()
  return async (names) => {
    const waits = new Set<Promise<void>>()
    const fresh: string[] = []
    for (const name of new Set(names)) {
      const asked = underWay.get(name)
      if (asked === undefined) fresh.push(name)
      else waits.add(asked)
    }
    if (fresh.length > 0) {
      const asking = lookUp(fresh).finally(() => {
        for (const name of fresh) underWay.delete(name)
      })
      for (const name of fresh) underWay.set(name, asking)
      waits.add(asking)
    }
    await Promise.all(waits)
  }
}
