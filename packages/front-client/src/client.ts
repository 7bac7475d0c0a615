import { type Caller, createCaller } from './call.ts'
import { FrontError } from './errors.ts'
import { checkId } from './ids.ts'
import { eventsQuery, pageQuery } from './list-query.ts'
import { nextPageUrl, pageTokenOf } from './next-page.ts'
import { type FrontPage, parseObject, parsePage } from './parse.ts'
import type {
  Answer,
  CallOptions,
  ConversationCallOptions,
  FrontClient,
  FrontClientOptions,
  ListAnswer,
  PageOptions,
} from './types.ts'

/** A survivor may itself have been merged; a longer chain is taken for a loop. */
const MAX_MERGES = 3

/** @throws TypeError when the base URL is none. */
export function createFrontClient(options: FrontClientOptions): FrontClient {
  const caller = createCaller(options)
  const { call, urlOf } = caller
  const list = (path: string, query: URLSearchParams, given: CallOptions & PageOptions) => {
    const url = urlOf(path)
    url.search = query.toString()
    return readPages(caller, url, given)
  }
  return {
    getConversation: (id, given = {}) =>
      onSurvivor(id, given, (cnv) => call(urlOf(`/conversations/${cnv}`), parseObject, given)),
    listMessages: (id, given = {}) =>
      onSurvivor(id, given, (cnv) => list(`/conversations/${cnv}/messages`, pageQuery(given, 50), given)),
    listComments: (id, given = {}) =>
      onSurvivor(id, given, (cnv) => readPages(caller, urlOf(`/conversations/${cnv}/comments`), given)),
    listConversationEvents: (id, given = {}) =>
      onSurvivor(id, given, (cnv) => list(`/conversations/${cnv}/events`, pageQuery(given, null), given)),
    listEvents: async (given = {}) => list('/events', eventsQuery(given), given),
    listConversations: async (given = {}) => list('/conversations', pageQuery(given, 100), given),
    listConversationInboxes: (id, given = {}) =>
      onSurvivor(id, given, (cnv) => readPages(caller, urlOf(`/conversations/${cnv}/inboxes`), given)),
    listInboxes: async (given = {}) => list('/inboxes', pageQuery(given, 100), given),
    getEvent: async (id, given = {}) => call(urlOf(`/events/${checkId('evt', id)}`), parseObject, given),
    getMessage: async (id, given = {}) => call(urlOf(`/messages/${checkId('msg', id)}`), parseObject, given),
    close: (deadlineMs = 10_000) => caller.close(deadlineMs),
  }
}

async function readPages(caller: Caller, first: URL, options: CallOptions & PageOptions): Promise<ListAnswer> {
  const pages: Answer<FrontPage>[] = []
  let url: URL | null = first
  let next: string | null = null
  do {
    const page: Answer<FrontPage> = await caller.call(url, parsePage, options)
    pages.push(page)
    next = page.value.next
    url = next === null ? null : nextPageUrl(url, next, caller.allow)
  } while (url && pages.length < (options.maxPages ?? 1))
  const startedAt = pages[0]?.startedAt ?? Date.now()
  return {
    value: pages.flatMap((page) => page.value.results),
    pages,
    hasMore: next !== null,
    next: next === null ? null : pageTokenOf(next, first),
    startedAt,
    mergedInto: null,
  }
}

/** Asks about `id`, and about its survivor when that is wished. The path is built anew, so a redirect never chooses where the token goes. */
async function onSurvivor<A extends { readonly mergedInto: string | null }>(
  id: string,
  options: ConversationCallOptions,
  ask: (id: string) => Promise<A>,
): Promise<A> {
  let current = checkId('cnv', id)
  for (let merges = 0; ; merges++) {
    try {
      const answer = await ask(current)
      return merges === 0 ? answer : { ...answer, mergedInto: current }
    } catch (error) {
      const survivor = error instanceof FrontError ? error.mergedInto : null
      if (survivor === null || !options.followMerged || merges >= MAX_MERGES) throw error
      current = survivor
    }
  }
}
