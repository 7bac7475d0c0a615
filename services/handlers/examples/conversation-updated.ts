import { on } from '@millrace/handlers'

// Whatever becomes of a conversation, a model that works on it is told to read it again.
on('conversation.*', async (event, ctx) => {
  if (event.conversation_uri !== null) await ctx.mcp.notify(event.conversation_uri)
})

// A change of custom fields or of the ticket's status: what others wait for is told as an event of its own.
on('conversation.updated', async ({ conversation }, ctx) => {
  if (conversation === null) return
  const fields: unknown = JSON.parse(conversation.custom_fields_json)
  if (conversation.status === 'resolved') await ctx.emit('ticket.resolved', { fields })
})
