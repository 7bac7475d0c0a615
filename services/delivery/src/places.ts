/** The requests that one process may have open, shared by its endpoints. */
export interface Places {
  /** As many of `wanted` as there are. Slow endpoints have half of the places together, so that they cannot take all. */
  take(wanted: number, isSlow: boolean): number
  give(count: number, wasSlow: boolean): void
}

export function createPlaces(total: number): Places {
  const slowShare = Math.max(1, Math.floor(total / 2))
  let taken = 0
  let slow = 0
  return {
    take(wanted, isSlow) {
      const free = isSlow ? Math.min(total - taken, slowShare - slow) : total - taken
      const got = Math.max(0, Math.min(wanted, free))
      taken += got
      if (isSlow) slow += got
      return got
    },
    give(count, wasSlow) {
      taken -= count
      if (wasSlow) slow -= count
    },
  }
}
