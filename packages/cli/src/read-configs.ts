import { asObject, at, messageChannels } from '@millrace/domain'

/** A conversation config as people write it. */
export interface ConversationConfig {
  readonly conversation_id: string | null
  readonly channel: string | null
  readonly usecase: string | null
  readonly config: { readonly workflow_id: string | null; readonly callback_url: string }
}

export type ReadConfigs =
  | { readonly ok: true; readonly configs: readonly ConversationConfig[] }
  /** `place`: the field, as in `[2].config.callback_url`; empty for the whole. */
  | { readonly ok: false; readonly place: string; readonly detail: string }

const known = ['conversation_id', 'channel', 'usecase', 'config', 'endpoint_id', 'tenant', 'is_enabled']
const word = /^\S(.{0,254}\S)?$/

/** Reads one config or an array of them; `configs list --json` writes what this reads. Never throws. */
export function readConfigs(json: unknown): ReadConfigs {
  const configs: ConversationConfig[] = []
  const entries = Array.isArray(json) ? json : [json]
  for (const [place, entry] of entries.entries()) {
    const problem = problemOf(entry)
    const before = Array.isArray(json) ? `[${place}]` : ''
    if (problem !== undefined) {
      const [field, detail] = problem
      return { ok: false, place: [before, field].filter((part) => part !== '').join('.'), detail }
    }
    configs.push({
      conversation_id: textAt(entry, 'conversation_id'),
      channel: textAt(entry, 'channel'),
      usecase: textAt(entry, 'usecase'),
      config: {
        workflow_id: textAt(entry, 'config', 'workflow_id'),
        callback_url: textAt(entry, 'config', 'callback_url') ?? '',
      },
    })
  }
  return { ok: true, configs }
}

function problemOf(entry: unknown): readonly [field: string, detail: string] | undefined {
  const object = asObject(entry)
  if (object === null) return ['', 'must be an object {channel, usecase, config: {workflow_id, callback_url}}']
  const unknown = Object.keys(object).find((key) => !known.includes(key))
  if (unknown !== undefined) return [unknown, `is unknown; known are ${known.slice(0, 4).join(', ')}`]
  const channel = at(object, 'channel')
  if (isGiven(channel) && !messageChannels.some((one) => one === channel))
    return ['channel', `must be ${messageChannels.join(', ')}, or left out for all`]
  for (const field of ['conversation_id', 'usecase'])
    if (isGiven(at(object, field)) && !isWord(at(object, field)))
      return [field, 'must be a text of 1 to 256 characters']
  const workflow = at(object, 'config', 'workflow_id')
  if (isGiven(workflow) && !isWord(workflow)) return ['config.workflow_id', 'must be a text of 1 to 256 characters']
  if (typeof at(object, 'config', 'callback_url') !== 'string')
    return ['config.callback_url', 'must be the URL to post to']
  return undefined
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}

function isWord(value: unknown): boolean {
  return typeof value === 'string' && word.test(value)
}

function textAt(entry: unknown, ...path: readonly string[]): string | null {
  const value = at(entry, ...path)
  return typeof value === 'string' ? value : null
}
