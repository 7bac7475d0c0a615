import { type Caller, createCaller } from './call.ts'
import { FrontError } from './errors.ts'
import { checkId } from './ids.ts'
import { nextPageUrl } from './next-page.ts'
import { type FrontPage, parseObject, parsePage } from './parse.ts'
import type {
  Answer,
  ConversationCallOptions,
  FrontClient,
  FrontClientOptions,
  ListAnswer,
  ListMessagesOptions,
} from './types.ts'

/** A survivor may itself have been merged; a longer chain is taken for a loop. */
const MAX_MERGES = 3

/** @throws TypeError when the base URL is none. */
export function createFrontClient(options: FrontClientOptions): FrontClient {
  const caller = createCaller(options)
  const { call, urlOf } = caller
  return {
    getConversation: (id, given = {}) =>
      onSurvivor(id, given, (cnv) => call(urlOf(`/conversations/${cnv}`), parseObject, given.signal)),
    listMessages: (id, given = {}) =>
      onSurvivor(id, given, (cnv) =>
        readPages(caller, messagesUrl(caller, cnv, given), given.maxPages ?? 1, given.signal),
      ),
    listComments: (id, given = {}) =>
      onSurvivor(id, given, (cnv) => readPages(caller, urlOf(`/conversations/${cnv}/comments`), 1, given.signal)),
    getEvent: async (id, given = {}) => call(urlOf(`/events/${checkId('evt', id)}`), parseObject, given.signal),
    getMessage: async (id, given = {}) => call(urlOf(`/messages/${checkId('msg', id)}`), parseObject, given.signal),
    close: (deadlineMs = 10_000) => caller.close(deadlineMs),
  }
}

function messagesUrl(caller: Caller, conversationId: string, options: ListMessagesOptions): URL {
  const url = caller.urlOf(`/conversations/${conversationId}/messages`)
  url.searchParams.set('limit', String(Math.min(Math.max(1, Math.trunc(options.limit ?? 50)), 100)))
  return url
}

async function readPages(caller: Caller, first: URL, maxPages: number, signal?: AbortSignal): Promise<ListAnswer> {
  const pages: Answer<FrontPage>[] = []
  let url: URL | null = first
  let next: string | null = null
  do {
    const page: Answer<FrontPage> = await caller.call(url, parsePage, signal)
    pages.push(page)
    next = page.value.next
    url = next === null ? null : nextPageUrl(url, next, caller.allow)
  } while (url && pages.length < maxPages)
  const startedAt = pages[0]?.startedAt ?? Date.now()
  return {
    value: pages.flatMap((page) => page.value.results),
    pages,
    hasMore: next !== null,
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
