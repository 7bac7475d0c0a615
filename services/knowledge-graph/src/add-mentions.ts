import { asTime, hashedPart } from '@millrace/domain'
import type { GraphDraft, Named } from './graph-draft.ts'
import { nodeId, TENANT_WIDE } from './graph-ids.ts'
import type { Locale } from './locales.ts'
import type { Mention, TextFormat } from './text/mention.ts'
import { mentionsIn } from './text/mentions-in.ts'

export interface TextPlace {
  readonly draft: GraphDraft
  readonly account: string
  /** When it was so, epoch milliseconds. */
  readonly at: number
  /** Where the account's people write from. */
  readonly locale?: Locale | undefined
  /** Notes what was there but not read. */
  readonly skip: (pointer: string) => void
}

export interface Text {
  /** The node that the text is of. */
  readonly of: string
  /** Name of the text in the spans. */
  readonly field: string
  readonly text: string
  readonly format: TextFormat
  /** JSON pointer to the text. */
  readonly pointer: string
  /** When it was written, as its vendor says it: what "tomorrow" is counted from. Where that is not known, the time of the event. */
  readonly writtenAt?: unknown
}

/** Adds what a text plainly mentions, with the words that do. */
export function addMentions(
  { draft, account, at, locale, skip }: TextPlace,
  { of, field, text, format, pointer, writtenAt }: Text,
): void {
  if (text.trim() === '') return
  const { mentions, isComplete } = mentionsIn(text, {
    format,
    receivedAt: asTime(writtenAt) ?? at,
    defaultRegion: locale?.country,
    timeZone: locale?.timeZone,
  })
  if (!isComplete) skip(pointer)
  for (const mention of mentions) {
    const named = nodeOf(mention, account, of)
    if (named.id === of) continue
    const { start, end, text: words } = mention
    draft.mention(of, named, { field, start, end, text: words }, pointer)
  }
}

/** The same address, number, URL or organisation is one node in the whole tenant; a date or an amount belongs to what the text is of. */
function nodeOf({ kind, value, properties }: Mention, account: string, of: string): Named {
  switch (kind) {
    case 'email':
      return emailAddress(value)
    case 'phone':
      return phone(value)
    case 'url':
      return { type: 'url', id: nodeId('url', TENANT_WIDE, hashedPart(value)), properties: { url: value } }
    case 'date':
      return {
        type: 'date',
        id: nodeId('date', account, of, hashedPart(value)),
        properties: { ...properties, date: value },
      }
    case 'money':
      return {
        type: 'money',
        id: nodeId('money', account, of, hashedPart(value)),
        properties: { ...properties, money: value },
      }
    case 'organisation': {
      const { domain } = properties
      if (typeof domain === 'string') return organisation(domain)
      return {
        type: 'organisation',
        id: nodeId('organisation', TENANT_WIDE, 'name', hashedPart(value)),
        properties: { name: properties.name ?? value },
      }
    }
    case 'conversation_reference':
      return { type: 'conversation', id: nodeId('conversation', account, value), properties: { id: value } }
    case 'task_reference':
      return taskNamed(value, account)
  }
}

/** A task's own number (`PROJ-12`) is not the id under which it is known: which task has it is not guessed. */
function taskNamed(value: string, account: string): Named {
  const isOwnNumber = /^[A-Z][A-Z0-9]*-\d+$/.test(value)
  const id = isOwnNumber ? nodeId('task', account, 'custom-id', value) : nodeId('task', account, value)
  return { type: 'task', id, properties: isOwnNumber ? { custom_id: value } : { id: value } }
}

export function emailAddress(address: string): Named {
  return {
    type: 'email_address',
    id: nodeId('email_address', TENANT_WIDE, hashedPart(address)),
    properties: { address },
  }
}

export function phone(number: string): Named {
  return { type: 'phone', id: nodeId('phone', TENANT_WIDE, hashedPart(number)), properties: { number } }
}

export function organisation(domain: string): Named {
  return {
    type: 'organisation',
    id: nodeId('organisation', TENANT_WIDE, 'domain', hashedPart(domain)),
    properties: { domain },
  }
}
