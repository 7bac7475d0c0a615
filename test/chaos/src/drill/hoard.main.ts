// Loaded into a service by --import: a leak that goes on until the heap is nearly full, and stays there.
import { getHeapStatistics } from 'node:v8'

const SHARE = 0.93
const hoard: string[][] = []

const timer = setInterval(() => {
  for (;;) {
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics()
    if (used / limit > SHARE) return
    hoard.push(Array.from({ length: 1_000 }, (_, nth) => `${hoard.length} ${nth}`))
  }
}, 200)
timer.unref()
