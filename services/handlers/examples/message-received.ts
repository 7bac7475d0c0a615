import { type HandlerContext, on } from '@millrace/handlers'

const urgentWords = /\b(urgent|asap|outage|down since|cannot log ?in|immediately)\b/i

// A customer writes: what sounds urgent becomes an event that paging can subscribe to. Nothing of the text goes into it.
on('message.received', async ({ message, conversation_uri }, ctx) => {
  const text = message.isPreview ? await readText(message.id, ctx) : message.text
  const found = urgentWords.exec(`${message.subject ?? ''}\n${text ?? ''}`)?.[0]
  if (found === undefined || message.id === null) return
  ctx.log.info({ word: found.toLowerCase() }, 'an urgent message')
  await ctx.emit('message.urgent', { message_id: message.id, word: found.toLowerCase() })
  if (conversation_uri !== null) await ctx.mcp.notify(conversation_uri)
})

/** A rule's preview carries no text: it is read, in the account's budget of calls. */
async function readText(id: string | null, { front }: HandlerContext) {
  if (id === null || front === undefined) return null
  const { value } = await front.getMessage(id)
  return typeof value.text === 'string' ? value.text : null
}
