import { readFileSync } from 'node:fs'

/** The samples of `fixtures/`, whose README names their sources. */
export const fixtureNames = [
  'clickup/get_task.response.json',
  'front/app-webhook.inbound_received.json',
  'front/rule-webhook.archive.no-target.json',
  'front/rule-webhook.assign.preview.json',
  'front/rule-webhook.assign.status-invisible.json',
  'front/rule-webhook.inbound.json',
  'front/rule-webhook.mention.json',
  'front/rule-webhook.out_reply.json',
  'front/rule-webhook.tag.json',
  'front/simple.conversation-created.json',
  'front/simple.message-received.json',
  'make/get_client_knowledge_graph.request.json',
] as const

export type FixtureName = (typeof fixtureNames)[number]

/** The bytes of a sample as its sender published them. */
export function fixture(name: FixtureName): Buffer {
  return readFileSync(new URL(`../fixtures/${name}`, import.meta.url))
}
