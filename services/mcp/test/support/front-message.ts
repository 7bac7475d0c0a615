let events = 0
/** A customer's message in a conversation, as Front's application webhook tells it. */
export const message = (conversationId: string, text: string) => ({
  type: 'inbound_received',
  authorization: { id: 'cmp_1' },
  payload: {
    ...{ id: `evt_mcp${++events}`, type: 'inbound', emitted_at: Date.now() / 1_000 },
    conversation: {
      ...{
        id: conversationId,
        subject: `Subject of ${conversationId}`,
        status: 'unassigned',
        assignee: null,
        tags: [],
      },
      recipient: { _links: {}, handle: 'ada@example.com', role: 'from', name: 'Ada Lovelace' },
    },
    target: {
      _meta: { type: 'message' },
      data: {
        ...{ id: `msg_mcp${events}`, type: 'email', is_inbound: true, created_at: Date.now() / 1_000 },
        ...{ text, body: text, subject: 'Hello', blurb: text.slice(0, 40), recipients: [], attachments: [] },
        author: null,
      },
    },
  },
})
