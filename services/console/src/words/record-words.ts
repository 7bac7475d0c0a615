import type { ConversationSnapshot, KnowledgeNode, SnapshotPerson } from '@millrace/schemas'
import { payloadWords } from './payload-words.ts'
import { addressesIn, exactly, personIn, type Word, withinBounds, wordsIn } from './words-in.ts'

/** Whom and what a conversation is found by: everybody in it, its subject, its tags (by id and name), and the addresses that any text of it names. */
export function snapshotWords(snapshot: ConversationSnapshot): Word[] {
  const { recipient, assignee, messages, comments, tags, subject, custom_fields_json } = snapshot
  const texts = [subject, ...messages.flatMap((message) => [message.subject, message.blurb, message.text])]
  const people = [recipient, assignee, ...messages.flatMap(({ author, recipients }) => [author, ...recipients])]
  const words = new Set<Word>(tags.flatMap(({ id, name }) => [exactly(id), exactly(name)]))
  for (const word of wordsIn(subject ?? '')) words.add(word)
  for (const text of [...texts, ...comments.map(({ text }) => text)])
    for (const word of addressesIn(text ?? '')) words.add(word)
  for (const word of payloadWords(custom_fields_json)) words.add(word)
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
