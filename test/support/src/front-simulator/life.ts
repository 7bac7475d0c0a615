import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom, type Random } from '../random.ts'
import type { Company } from './company.ts'
import type { World } from './world.ts'

export interface LifeOptions {
  /** The same seed gives the same acts on the same conversations in the same order. */
  readonly seed: number
  /** How many conversations live at a time; each begins when it is first chosen. */
  readonly conversations: number
  /** Popularity: the n-th conversation is chosen in proportion to 1 / n^zipf. Default 1. */
  readonly zipf?: number
}

export interface LiveOptions {
  readonly eventsPerMinute: number
  /** Ends after so many acts. */
  readonly count: number
  readonly signal?: AbortSignal
  /** Told of each act when it is done. */
  readonly onAct?: (made: number) => void
}

/** An act that people do, how often (parts of the whole), and whether it makes sense now. */
interface Habit {
  readonly name: string
  readonly weight: number
  readonly fits: (now: State) => boolean
  readonly act: (company: Company, now: State, random: Random) => void
}

interface State {
  readonly id: string
  readonly status: unknown
  readonly isAssigned: boolean
  readonly tags: readonly string[]
  readonly hasReply: boolean
  /** Another one, of the unpopular. */
  readonly other: string | undefined
}

const tags = ['urgent', 'billing', 'bug', 'vip', 'spam'] as const
const teammates = ['sam', 'alex', 'kim', 'noor'] as const
const inboxes = ['inb_support', 'inb_billing', 'inb_sales'] as const
const words =
  'order invoice late parcel refund address colour broken size thanks wrong missing again please today'.split(' ')

const habits: readonly Habit[] = [
  { name: 'receive', weight: 320, fits: isThere, act: (company, { id }, random) => company.receive(id, text(random)) },
  { name: 'reply', weight: 200, fits: isThere, act: (company, { id }, random) => company.reply(id, text(random)) },
  {
    name: 'comment',
    weight: 100,
    fits: isThere,
    act: (company, { id }, random) => company.comment(id, text(random).text),
  },
  { name: 'tag', weight: 90, fits: isThere, act: (company, { id }, random) => company.tag(id, pick(tags, random)) },
  {
    name: 'untag',
    weight: 50,
    fits: (now) => isThere(now) && now.tags.length > 0,
    act: (company, now, random) => company.untag(now.id, pick(now.tags, random)),
  },
  {
    name: 'assign',
    weight: 80,
    fits: isThere,
    act: (company, { id }, random) => company.assign(id, pick(teammates, random)),
  },
  {
    name: 'unassign',
    weight: 30,
    fits: (now) => isThere(now) && now.isAssigned,
    act: (company, { id }) => company.unassign(id),
  },
  {
    name: 'archive',
    weight: 60,
    fits: (now) => isThere(now) && now.status !== 'archived',
    act: (company, { id }) => company.archive(id),
  },
  {
    name: 'reopen',
    weight: 30,
    fits: ({ status }) => status === 'archived',
    act: (company, { id }) => company.reopen(id),
  },
  {
    name: 'move',
    weight: 20,
    fits: isThere,
    act: (company, { id }, random) => company.move(id, pick(inboxes, random)),
  },
  {
    name: 'bounce',
    weight: 5,
    fits: (now) => isThere(now) && now.hasReply,
    act: (company, { id }) => company.bounce(id),
  },
  { name: 'trash', weight: 4, fits: isThere, act: (company, { id }) => company.trash(id) },
  {
    name: 'restore',
    weight: 30,
    fits: ({ status }) => status === 'deleted',
    act: (company, { id }) => company.restore(id),
  },
  // Of these webhooks of applications tell nothing.
  { name: 'mention', weight: 1, fits: isThere, act: (company, { id }) => company.mention(id) },
  {
    name: 'field',
    weight: 1,
    fits: isThere,
    act: (company, { id }, random) => company.setField(id, 'Plan', pick(tags, random)),
  },
  {
    name: 'merge',
    weight: 1,
    fits: (now) => isThere(now) && now.other !== undefined && now.other !== now.id,
    act: (company, { id, other }) => void (other && company.merge(other, id)),
  },
]

export interface Life {
  /** Does the next act at once. */
  step(): void
}

/** Seeded days of a support team: who writes, answers, comments, tags, assigns, archives, deletes, restores and merges. */
export function createLife(world: World, company: Company, options: LifeOptions): Life {
  const random = createRandom(options.seed)
  const rankOf = zipfian(options.conversations, options.zipf ?? 1, random)
  const living: (string | undefined)[] = []

  const stateOf = (rank: number): State | undefined => {
    const id = living[rank]
    const conversation = id === undefined || world.survivorOf(id) ? undefined : world.conversation(id)
    if (id === undefined || !conversation) return undefined
    const other = living[Math.floor(options.conversations / 2 + (random() * options.conversations) / 2)]
    return {
      id,
      status: conversation.status,
      isAssigned: conversation.assignee !== null,
      tags: (conversation.tags as { name: string }[]).map(({ name }) => name),
      hasReply: world.messages(id).some((message) => message.is_inbound === false),
      other:
        other !== undefined && !world.survivorOf(other) && isThere({ status: world.conversation(other)?.status })
          ? other
          : undefined,
    }
  }
  return {
    step: () => {
      const rank = rankOf()
      const now = stateOf(rank)
      if (!now) {
        const opened = company.open({
          ...text(random),
          inbox: pick(inboxes, random),
          handle: `customer${rank}@example.com`,
        })
        living[rank] = (opened.conversation as { id: string }).id
        return
      }
      choose(
        habits.filter(({ fits }) => fits(now)),
        random,
      ).act(company, now, random)
    },
  }
}

/** Lives at the asked rate of real time until the count is reached or the signal is raised. Resolves with the acts done. */
export async function live(life: Life, { eventsPerMinute, count, signal, onAct }: LiveOptions): Promise<number> {
  const everyMs = 60_000 / eventsPerMinute
  const begun = performance.now()
  let made = 0
  while (made < count && !signal?.aborted) {
    const wait = begun + made * everyMs - performance.now()
    if (wait > 1) await sleep(wait, undefined, { ...(signal && { signal }) }).catch(() => {})
    if (signal?.aborted) break
    life.step()
    made++
    onAct?.(made)
  }
  return made
}

function isThere({ status }: { status?: unknown }): boolean {
  return status !== undefined && status !== 'deleted'
}

function text(random: Random): { text: string } {
  const count = 3 + Math.floor(random() * 12)
  return { text: Array.from({ length: count }, () => pick(words, random)).join(' ') }
}

function pick<T>(list: readonly T[], random: Random): T {
  return list[Math.floor(random() * list.length)] as T
}

function choose(list: readonly Habit[], random: Random): Habit {
  let left = random() * list.reduce((sum, { weight }) => sum + weight, 0)
  const chosen = list.find(({ weight }) => {
    left -= weight
    return left < 0
  })
  return (chosen ?? list[0]) as Habit
}

/** Ranks from 0, the n-th in proportion to 1 / n^s, by the inverse of the cumulated weights. */
function zipfian(count: number, s: number, random: Random): () => number {
  let sum = 0
  const cumulated = Array.from({ length: count }, (_, rank) => {
    sum += 1 / (rank + 1) ** s
    return sum
  })
  return () => {
    const wanted = random() * sum
    let low = 0
    let high = count - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((cumulated[middle] as number) > wanted) high = middle
      else low = middle + 1
    }
    return low
  }
}
