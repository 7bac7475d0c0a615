import { type FrontItem, isItem, isJson } from './item.ts'
import type { World } from './world.ts'

/** The parts of a ConversationSnapshot that must agree with Front. */
export interface ComparedSnapshot {
  readonly state: string
  readonly merged_into: string | null
  readonly subject: string | null
  readonly status: string | null
  readonly assignee: { readonly id: string | null } | null
  readonly tags: readonly { readonly id: string }[]
  readonly custom_fields_json: string
  readonly messages: readonly { readonly id: string; readonly text: string | null }[]
  readonly comments: readonly { readonly id: string; readonly text: string }[]
}

export interface SnapshotDifference {
  readonly conversationId: string
  /** `missing`: no snapshot. Else the part that differs. */
  readonly part: 'missing' | 'state' | 'subject' | 'status' | 'assignee' | 'tags' | 'fields' | 'messages' | 'comments'
  readonly wanted: string
  readonly found: string
}

const SHOWN = 200

/**
 * What the snapshots say otherwise than the simulated Front, at most one difference a conversation. Messages and comments: the newest `listed` of
 * Front must be the newest of the snapshot, in their order and with their text.
 */
export function snapshotDifferences(
  world: World,
  snapshotOf: (conversationId: string) => ComparedSnapshot | undefined,
  options: { readonly listed: number; readonly conversations?: readonly string[] },
): SnapshotDifference[] {
  return (options.conversations ?? [...world.conversationIds(), ...world.mergedIds()]).flatMap((id) => {
    const snapshot = snapshotOf(id)
    const difference = snapshot
      ? differenceOf(world, id, snapshot, options.listed)
      : (['missing', 'a snapshot', 'none'] as const)
    if (!difference) return []
    const [part, wanted, found] = difference
    return [{ conversationId: id, part, wanted: wanted.slice(0, SHOWN), found: found.slice(0, SHOWN) }]
  })
}

type Difference = readonly [SnapshotDifference['part'], string, string]

function differenceOf(world: World, id: string, snapshot: ComparedSnapshot, listed: number): Difference | undefined {
  const survivor = world.survivorOf(id)
  if (survivor) return unlike('state', `merged ${survivor}`, `${snapshot.state} ${snapshot.merged_into}`)
  const conversation = world.conversation(id)
  if (!conversation || world.isRemoved(id))
    return unlike('state', 'ended', snapshot.state === 'live' ? 'live' : 'ended')
  if (conversation.status === 'deleted') return unlike('state', 'deleted', snapshot.state)
  return (
    unlike('state', 'live', snapshot.state) ??
    unlike('subject', String(conversation.subject), String(snapshot.subject)) ??
    unlike('status', String(conversation.status), String(snapshot.status)) ??
    unlike('assignee', idOf(conversation.assignee), idOf(snapshot.assignee)) ??
    unlike('tags', idsOf(conversation.tags), idsOf(snapshot.tags)) ??
    unlike('fields', sorted(conversation.custom_fields), sorted(JSON.parse(snapshot.custom_fields_json))) ??
    unlike('messages', newest(world.messages(id), 'text', listed), newest(snapshot.messages, 'text', listed)) ??
    unlike('comments', newest(world.comments(id), 'body', listed), newest(snapshot.comments, 'text', listed))
  )
}

function unlike(part: Difference[0], wanted: string, found: string): Difference | undefined {
  return wanted === found ? undefined : [part, wanted, found]
}

function idOf(value: unknown): string {
  return isJson(value) ? String(value.id) : 'null'
}

function idsOf(value: unknown): string {
  return Array.isArray(value)
    ? value
        .filter(isItem)
        .map(({ id }) => id)
        .sort()
        .join(' ')
    : ''
}

function sorted(value: unknown): string {
  return isJson(value) ? JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : '[]'
}

function newest(list: readonly object[], field: string, count: number): string {
  const items = list.slice(0, count) as readonly FrontItem[]
  return items.map((item) => `${item.id}:${item[field]}`).join(' | ')
}
