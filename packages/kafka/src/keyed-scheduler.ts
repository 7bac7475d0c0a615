/** A unit of work. `run` answers undefined when done, or the epoch milliseconds at which it wants to be run again (its key waits). */
export interface Task {
  readonly key: string
  /** Not run before this time, epoch milliseconds. */
  notBefore: number
  run(): Promise<number | undefined>
}

export interface KeyedScheduler {
  add(task: Task): void
  /** Removes tasks that have not started and match. */
  drop(matches: (task: Task) => boolean): void
  running(): number
}

// setTimeout fires at once for longer waits.
const MAX_TIMER_MS = 2_147_483_647

/**
 * Runs tasks of one key one after the other and in order, different keys side by side, at most `concurrency` at a time. A task that waits
 * (for its time, or for its next try) holds back its key and no slot.
 */
export function createKeyedScheduler(concurrency: number): KeyedScheduler {
  const queues = new Map<string, Task[]>()
  const busy = new Set<string>()
  const timers = new Map<string, NodeJS.Timeout>()
  const ready: string[] = []

  const consider = (key: string) => {
    const head = queues.get(key)?.[0]
    if (head === undefined) {
      queues.delete(key)
      return
    }
    if (busy.has(key) || timers.has(key)) return
    const wait = head.notBefore - Date.now()
    if (wait > 0) {
      timers.set(
        key,
        setTimeout(
          () => {
            timers.delete(key)
            consider(key)
          },
          Math.min(wait, MAX_TIMER_MS),
        ),
      )
      return
    }
    busy.add(key)
    ready.push(key)
    fill()
  }

  let active = 0
  const fill = () => {
    while (active < concurrency) {
      const key = ready.shift()
      if (key === undefined) return
      const task = queues.get(key)?.[0]
      if (task === undefined) {
        busy.delete(key)
        queues.delete(key)
        continue
      }
      if (task.notBefore > Date.now()) {
        // The one that was due was dropped meanwhile.
        busy.delete(key)
        consider(key)
        continue
      }
      active++
      task.run().then(
        (again) => finished(key, task, again),
        () => finished(key, task, undefined),
      )
    }
  }

  const finished = (key: string, task: Task, again: number | undefined) => {
    active--
    busy.delete(key)
    const queue = queues.get(key)
    if (again !== undefined) task.notBefore = again
    else if (queue?.[0] === task) queue.shift()
    consider(key)
    fill()
  }

  return {
    add(task) {
      const queue = queues.get(task.key)
      if (queue === undefined) queues.set(task.key, [task])
      else queue.push(task)
      consider(task.key)
    },
    drop(matches) {
      for (const [key, queue] of queues) {
        const isRunning = busy.has(key) && !ready.includes(key)
        const kept = queue.filter((task, place) => (isRunning && place === 0) || !matches(task))
        if (kept.length === queue.length) continue
        queues.set(key, kept)
        clearTimeout(timers.get(key))
        timers.delete(key)
        consider(key)
      }
    },
    running: () => active,
  }
}
