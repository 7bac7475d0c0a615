import type { ConversationSnapshot, KnowledgeNode, SnapshotPerson } from '@millrace/schemas'
import { payloadWords } from './payload-words.ts'
import { exactly, personIn, type Word, withinBounds, wordsIn } from './words-in.ts'

/** Whom and what a conversation is found by: everybody in it, its subject, its tags (by id and name). */
export function snapshotWords(snapshot: ConversationSnapshot): Word[] {
  const { recipient, assignee, messages, comments, tags, subject } = snapshot
  const people = [recipient, assignee, ...messages.flatMap(({ author, recipients }) => [author, ...recipients])]
  const words = new Set<Word>(tags.flatMap(({ id, name }) => [exactly(id), exactly(name)]))
  for (const word of wordsIn(subject ?? '')) words.add(word)
  for (const person of [...people, ...comments.map(({ author }) => author)])
    for (const word of personWords(person)) words.add(word)
  return withinBounds(words)
}

function personWords(person: Pick<SnapshotPerson, 'name' | 'handle'> | null): Word[] {
  return [...personIn(person?.name ?? ''), ...personIn(person?.handle ?? '')]
}

/** What a node is found by: its label, addresses, numbers and names among its properties, the client that it is. */
export function nodeWords({ label, properties_json }: Pick<KnowledgeNode, 'label' | 'properties_json'>): Word[] {
  const client = clientIn(properties_json)
  const words = new Set<Word>(client === undefined ? [] : [exactly(client)])
  for (const word of [...wordsIn(label), ...personIn(label), ...payloadWords(properties_json)]) words.add(word)
  return withinBounds(words)
}

function clientIn(json: string): string | undefined {
  if (!json.includes('"client_id"')) return undefined
  try {
    const client = (JSON.parse(json) as { readonly client_id?: unknown } | null)?.client_id
    return typeof client === 'string' ? client : undefined
  } catch {
    return undefined
  }
}
