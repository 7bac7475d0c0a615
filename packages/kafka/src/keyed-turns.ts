/** Lets what has to wait for something go on in the order of its coming, key by key; what need not wait, and is behind nobody, goes at once. */
export interface KeyedTurns {
  /** Undefined when it may go at once; else resolves when it is its turn, or rejects as its own `ready` does. */
  turn(key: string, ready: Promise<void> | undefined): Promise<void> | undefined
}

export function createKeyedTurns(): KeyedTurns {
  const last = new Map<string, Promise<void>>()
  return {
    turn(key, ready) {
      const before = last.get(key)
      if (before === undefined && ready === undefined) return undefined
      // One that was refused holds nobody up.
      const mine = (before ?? Promise.resolve()).catch(() => {}).then(() => ready)
      last.set(key, mine)
      const leave = () => {
        if (last.get(key) === mine) last.delete(key)
      }
      mine.then(leave, leave)
      return mine
    },
  }
}
