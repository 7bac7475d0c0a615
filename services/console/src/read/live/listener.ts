import { fits, type GapReason, gapMessage, type LiveEntry, type LiveFilter, type Place } from './entries.ts'

/** Where a listener's messages go. */
export interface Sink {
  /** False: what was written before has not left yet; nothing more is wanted until `drained`. */
  write(text: string): boolean
  /** Resolves when more can be written, or nothing ever will be. */
  drained(): Promise<void>
  end(): void
  readonly isEnded: boolean
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>
}

/** What a listener that is behind reads again, oldest first. `isMore`: there are more after these. */
export interface Missed {
  readonly entries: readonly LiveEntry[]
  /** The place after them. */
  readonly next: Place
  readonly isMore: boolean
  /** Set where something cannot be read again: the reason that is told. */
  readonly gap?: GapReason
}

export interface ListenerParts {
  readonly filter: LiveFilter
  readonly sink: Sink
  /** Reads some of what the filter wants after a place. `isFirst`: the first of the parts in which it is read. */
  readMissed(filter: LiveFilter, after: Place, isFirst: boolean): Promise<Missed>
  onError(error: unknown): void
}

export interface Listener {
  readonly filter: LiveFilter
  /** Takes what happened between two places. A listener that is behind passes over it and reads it when it is its turn. */
  take(entries: readonly LiveEntry[], from: Place, to: Place): void
  /** Sends what is no entry, such as the state of the ledger; left out where the sink is full. */
  tell(text: string): void
  end(): void
}

/**
 * One reader of the stream. While its connection takes what comes it gets every entry as it happens; when it does not, no more than a part is held for it: once the
 * connection is free again it reads on from its place in the ledger.
 * @param from the place after which it wants to go on
 * @param isBehind whether there may be something between that place and now
 */
export function createListener(
  { filter, sink, readMissed, onError }: ListenerParts,
  from: Place,
  isBehind: boolean,
): Listener {
  let place = from
  let catching: Promise<void> | undefined
  let isFull = false

  const send = (text: string) => {
    if (!sink.isEnded) isFull = !sink.write(text)
  }
  const sendEntry = (entry: LiveEntry) => {
    if (entry.seq <= place.seq || !fits(entry, filter)) return
    send(entry.text)
    place = { ...place, seq: entry.seq }
  }
  const room = async () => {
    if (isFull) await sink.drained()
    isFull = false
  }
  const catchUp = async () => {
    for (let isFirst = true; !sink.isEnded; isFirst = false) {
      await room()
      const { entries, next, isMore, gap } = await readMissed(filter, place, isFirst)
      if (gap !== undefined) send(gapMessage(gap, next))
      for (const entry of entries) {
        await room()
        sendEntry(entry)
      }
      place = next
      if (!isMore) return
    }
  }
  const fallBehind = () => {
    catching ??= catchUp()
      .catch((error: unknown) => {
        onError(error)
        // It comes again with the id of the last message that it has.
        sink.end()
      })
      .finally(() => {
        catching = undefined
      })
  }
  if (isBehind) fallBehind()

  return {
    filter,
    take(entries, from, to) {
      if (catching !== undefined) return
      const isHere =
        from.incarnation === place.incarnation && to.incarnation === from.incarnation && place.seq >= from.seq
      if (isHere) {
        for (const entry of entries) {
          if (isFull) break
          sendEntry(entry)
        }
      }
      if (!isHere || isFull) fallBehind()
      else if (to.seq > place.seq) place = to
    },
    tell: (text) => {
      if (!isFull) send(text)
    },
    end: () => sink.end(),
  }
}
