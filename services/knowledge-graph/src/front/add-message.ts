import { asId, asText, type JsonObject, objectsIn } from '@millrace/domain'
import { addMentions } from '../add-mentions.ts'
import { nodeId } from '../graph-ids.ts'
import type { TextFormat } from '../text/mention.ts'
import { addFrontPerson, addRecipient } from './add-front-person.ts'
import { type FrontContext, ownPropertiesOf } from './front-context.ts'

export interface MessagePlace {
  /** Node of the conversation; null when it is not known. */
  readonly conversation: string | null
  readonly pointer: string
  /** False where the text is known to be cut: what it mentions is then not all. */
  readonly isWhole?: boolean
}

const parts = ['author', 'recipients', 'body', 'attachments', 'is_truncated']

/** A message or comment with who sent it, to whom, and what its text mentions. Returns the node; null without an id. */
export function addMessage(context: FrontContext, message: JsonObject, place: MessagePlace): string | null {
  const id = asId(message.id)
  if (id === null) return null
  const { draft, account } = context
  const isComment = id.startsWith('com_')
  const attachments = objectsIn(message.attachments ?? []).map((each) => ownPropertiesOf(each, []))
  const node = nodeId('message', account, id)
  const properties = {
    ...ownPropertiesOf(message, parts),
    ...(Object.hasOwn(message, 'attachments') ? { attachments } : {}),
    ...(isComment ? { type: 'comment' } : {}),
  }
  draft.node('message', node, properties, place.conversation === null ? { standing: 'exists' } : {})
  if (place.conversation !== null) draft.relate('part_of', node, place.conversation)
  relateSender(context, node, message)
  relateRecipients(context, node, message)
  readTexts(context, node, message, place)
  return node
}

/** The teammate or contact who wrote it; else who it is to be answered to, or came from. */
function relateSender(context: FrontContext, node: string, message: JsonObject): void {
  const { draft } = context
  const recipients = objectsIn(message.recipients ?? [])
  const from = recipients.find(({ role }) => role === 'reply-to') ?? recipients.find(({ role }) => role === 'from')
  const sender = addFrontPerson(context, message.author) ?? (from === undefined ? null : addRecipient(context, from))
  if (sender === null) return
  draft.relate('sent_by', node, sender)
  draft.complete(node, 'sent_by')
}

function relateRecipients(context: FrontContext, node: string, message: JsonObject): void {
  if (!Array.isArray(message.recipients)) return
  const { draft } = context
  for (const recipient of objectsIn(message.recipients)) {
    const { role } = recipient
    const to = role === 'from' || role === 'reply-to' ? null : addRecipient(context, recipient)
    if (to !== null) draft.relate('sent_to', node, to, { role })
  }
  draft.complete(node, 'sent_to')
}

/** Subject and text; the HTML body only where there is no text. A comment has Markdown, and nothing to strip. */
function readTexts(
  context: FrontContext,
  of: string,
  message: JsonObject,
  { pointer, isWhole = true }: MessagePlace,
): void {
  const { draft } = context
  const isComment = asId(message.id)?.startsWith('com_') === true
  const text = asText(message.text)
  const body = asText(message.body)
  const html: TextFormat = isComment ? 'markdown' : 'html'
  const subject = asText(message.subject)
  // Of a later event or snapshot the message is the same, and so is its "tomorrow".
  const written = { of, writtenAt: message.created_at ?? message.posted_at }
  if (subject !== null)
    addMentions(context, {
      ...written,
      field: 'subject',
      text: subject,
      format: 'markdown',
      pointer: `${pointer}/subject`,
    })
  if (text !== null) {
    const format = isComment ? 'markdown' : 'plain'
    addMentions(context, { ...written, field: 'text', text, format, pointer: `${pointer}/text` })
  } else if (body !== null)
    addMentions(context, { ...written, field: 'body', text: body, format: html, pointer: `${pointer}/body` })
  if (isWhole && (Object.hasOwn(message, 'text') || Object.hasOwn(message, 'body'))) draft.complete(of, 'mentions')
}
