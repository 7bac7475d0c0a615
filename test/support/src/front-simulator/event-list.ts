import { type FrontItem, isItem, timeOf } from './item.ts'

/** Events in the order of their times; each known from a moment of its own, which may be later than its time. */
export interface EventList {
  /** Lists an event; a known id is replaced. `listedAt`: epoch milliseconds from which lists show it. */
  add(event: FrontItem, listedAt?: number): void
  get(id: string): FrontItem | undefined
  /** Newest first; of one conversation where one is named. */
  newestFirst(now: number, conversationId?: string): FrontItem[]
  /** The events of a conversation are told as those of another from now on. */
  rehome(from: string, into: string): void
  clear(): void
}

interface Listed {
  readonly event: FrontItem
  readonly listedAt: number
}

export function createEventList(): EventList {
  const byId = new Map<string, Listed>()
  const byConversation = new Map<string, Listed[]>()
  let all: Listed[] = []

  const remove = (known: Listed): void => {
    all = all.filter((entry) => entry !== known)
    const id = conversationOf(known.event)
    byConversation.set(
      id,
      (byConversation.get(id) ?? []).filter((entry) => entry !== known),
    )
  }
  const listOf = (id: string): Listed[] => {
    const list = byConversation.get(id) ?? []
    byConversation.set(id, list)
    return list
  }
  return {
    add: (event, listedAt = 0) => {
      const known = byId.get(event.id)
      if (known) remove(known)
      const entry = { event, listedAt }
      byId.set(event.id, entry)
      insert(all, entry)
      insert(listOf(conversationOf(event)), entry)
    },
    get: (id) => byId.get(id)?.event,
    newestFirst: (now, conversationId) => {
      const list = conversationId === undefined ? all : (byConversation.get(conversationId) ?? [])
      const shown = list.filter(({ listedAt }) => listedAt <= now)
      return shown.map(({ event }) => event).reverse()
    },
    rehome: (from, into) => {
      const moved = byConversation.get(from) ?? []
      byConversation.delete(from)
      for (const entry of moved) insert(listOf(into), entry)
    },
    clear: () => {
      byId.clear()
      byConversation.clear()
      all = []
    },
  }
}

/** Nearly always at the end: events come in the order of their times. */
function insert(list: Listed[], entry: Listed): void {
  let place = list.length
  while (place > 0 && isBefore(entry.event, (list[place - 1] as Listed).event)) place--
  list.splice(place, 0, entry)
}

function isBefore(a: FrontItem, b: FrontItem): boolean {
  return timeOf(a) - timeOf(b) < 0 || (timeOf(a) === timeOf(b) && a.id < b.id)
}

function conversationOf({ conversation }: FrontItem): string {
  return isItem(conversation) ? conversation.id : ''
}
