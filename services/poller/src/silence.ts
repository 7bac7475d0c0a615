/** Watches for silence: a time in which nobody read the list, by an outage of ours or of Front's. A round that is long for want of calls is none. */
export interface SilenceWatch {
  /** A page came at `now`, epoch milliseconds. */
  heard(now: number): void
  /** Whether there was a silence since this was last asked, one that lasts until `now` among them. Answers true once for each. */
  take(now: number): boolean
}

/** `heardAt`: when the list was last read, maybe by another process. `longestMs`: what is longer between two pages is a silence. */
export function watchSilence(heardAt: number, longestMs: number): SilenceWatch {
  let last = heardAt
  let wasSilent = false
  const look = (now: number) => {
    wasSilent ||= now - last > longestMs
    last = Math.max(last, now)
  }
  return {
    heard: look,
    take(now) {
      look(now)
      const was = wasSilent
      wasSilent = false
      return was
    },
  }
}
