import type { Endpoint } from '../../app/answers.ts'

/** What an endpoint's filter narrows it to, besides the types, in words. */
export function narrowings(endpoint: Endpoint): string[] {
  const { conversation_id, usecase, channels, inboxes, tags, payload_filter } = endpoint
  const one = (what: string, value: string | null) => (value === null ? [] : [`${what} ${value}`])
  const some = (what: string, values: readonly string[]) =>
    values.length === 0 ? [] : [`${what} ${values.join(' or ')}`]
  return [
    ...one('conversation', conversation_id),
    ...one('usecase', usecase),
    ...some('channel', channels),
    ...some('inbox', inboxes),
    ...some('tag', tags),
    ...(payload_filter === null ? [] : ['a payload pattern']),
  ]
}
