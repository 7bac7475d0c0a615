import type { FrontClient } from '@millrace/front-client'
import type { FrontReads } from './handler.ts'
import { outside } from './run-handler.ts'

/** The client's reads, ended by `signal` unless a call brings its own. */
export function readsOf(front: FrontClient, signal: AbortSignal): FrontReads {
  return {
    getConversation: (id, options) => outside(() => front.getConversation(id, { signal, ...options })),
    listMessages: (id, options) => outside(() => front.listMessages(id, { signal, ...options })),
    listComments: (id, options) => outside(() => front.listComments(id, { signal, ...options })),
    listConversationEvents: (id, options) => outside(() => front.listConversationEvents(id, { signal, ...options })),
    listEvents: (options) => outside(() => front.listEvents({ signal, ...options })),
    listConversations: (options) => outside(() => front.listConversations({ signal, ...options })),
    listConversationInboxes: (id, options) => outside(() => front.listConversationInboxes(id, { signal, ...options })),
    listInboxes: (options) => outside(() => front.listInboxes({ signal, ...options })),
    getEvent: (id, options) => outside(() => front.getEvent(id, { signal, ...options })),
    getMessage: (id, options) => outside(() => front.getMessage(id, { signal, ...options })),
  }
}
