import { on } from '@millrace/handlers'

/** Words that a sales team wants to hear of at once. */
const salesWords = /\b(quote|pricing|price list|demo|trial|enterprise)\b/i

// A conversation begins: one that nobody has been given is to be triaged, and one that sounds like sales is offered to them.
on('conversation.created', async (event, ctx) => {
  const { conversation, conversation_uri } = event
  if (conversation === null || conversation_uri === null) return
  if (conversation.assignee === null)
    await ctx.emit('triage.wanted', { tags: conversation.tags.map(({ name }) => name) })
  if (salesWords.test(conversation.subject ?? '')) await ctx.emit('lead.found', { found_in: 'subject' })
  await ctx.mcp.notify(conversation_uri)
})
