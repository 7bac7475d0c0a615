import { readFileSync } from 'node:fs'
import { messageChannels } from '@millrace/domain'
import { type EndpointView, MAX_CONFIGS_AT_ONCE } from '@millrace/operations'
import { changeEndpoints } from './change-endpoints.ts'
import { type Call, command, usage } from './command.ts'
import { conditionIn, conditionWord } from './endpoint-condition.ts'
import { readEndpointViews, tenantOf } from './endpoint-views.ts'
import { showAdded } from './endpoints-add.ts'
import { type ConversationConfig, readConfigs } from './read-configs.ts'
import { textTable } from './table.ts'

const name = 'configs set'

const options = {
  tenant: { type: 'string', value: 'NAME', doc: 'Whose conversations; default "default".' },
  conversation: { type: 'string', value: 'ID', doc: 'Only this conversation; default all of the tenant.' },
  channel: { type: 'string', value: messageChannels.join('|'), doc: 'Only this channel.' },
  usecase: { type: 'string', value: 'NAME', doc: 'Only conversations of this usecase.' },
  workflow: { type: 'string', value: 'ID', doc: 'The workflow_id.' },
  unsigned: { type: 'boolean', doc: 'Send without signatures.' },
  json: { type: 'boolean', doc: 'One JSON object per config, with endpoint_id and, when it is new, its secret.' },
} as const

type SetCall = Call<typeof options>

/** `configs set`: the same conversation, channel and usecase are the same config, so setting it again replaces it. */
export const setConfigs = command({
  name,
  takes: ['CONFIG'],
  summary: 'Set where the messages of a conversation, channel, usecase or all of a tenant go.',
  details: [
    'CONFIG is a callback URL with options, or JSON, a file of it (@config.json) or stdin (-): one config or an array of them.',
    '{"conversation_id": "cnv_1", "channel": "WHATSAPP", "usecase": "support", "config": {"workflow_id": "wf_1", "callback_url": "https://..."}}',
    'conversation_id, channel and usecase may be left out: then it is the default for all. Of those that fit a message, the most specific',
    'one gets it: of the conversation before of the usecase before of the channel before of all. The usecase of a conversation is its',
    'custom field "usecase", or what follows in its tag "usecase:...".',
    'A config is an endpoint: endpoints show, update, rotate, enable, disable, test and remove take its id. Setting it anew keeps its secret.',
    '',
    'millrace configs set https://bot.customer.net/callback --workflow wf_1 --channel WHATSAPP',
    'millrace configs set @configs.json --tenant acme',
  ].join('\n'),
  options,
  run: async (call, terminal) => {
    const { unsigned, json } = call.options
    const tenant = tenantOf(call.options, name)
    const signing = unsigned === undefined ? {} : { is_signed: !unsigned }
    const configs = configsOf(call).map((config) => ({ ...config, ...signing }))
    return await changeEndpoints(terminal, async (endpoints) => {
      for (const set of await endpoints.setConfigs(tenant, configs as Parameters<typeof endpoints.setConfigs>[1])) {
        for (const note of set.notes) terminal.note(note)
        showAdded(set, json === true, terminal)
      }
      return 0
    })
  },
})

function configsOf({ args: [text = ''], options: given }: SetCall): readonly ConversationConfig[] {
  const isUrl = /^[a-z][a-z0-9+.-]*:/i.test(text)
  const { conversation, channel, usecase, workflow } = given
  const json = isUrl
    ? { conversation_id: conversation, channel, usecase, config: { workflow_id: workflow, callback_url: text } }
    : parsed(text)
  if (!isUrl && [conversation, channel, usecase, workflow].some((value) => value !== undefined))
    throw usage('JSON says conversation, channel, usecase and workflow itself', name)
  const read = readConfigs(json)
  if (!read.ok) throw usage(`${read.place === '' ? 'CONFIG' : read.place} ${read.detail}`, name)
  if (read.configs.length > MAX_CONFIGS_AT_ONCE) throw usage(`at most ${MAX_CONFIGS_AT_ONCE} configs at once`, name)
  return read.configs
}

function parsed(text: string): unknown {
  try {
    if (text === '-') return JSON.parse(readFileSync(0, 'utf8'))
    return JSON.parse(text.startsWith('@') ? readFileSync(text.slice(1), 'utf8') : text)
  } catch (error) {
    const why = (error as { code?: unknown }).code === 'ENOENT' ? 'there is no such file' : (error as Error).message
    throw usage(`CONFIG is a URL, JSON, @FILE or -: ${why}`, name)
  }
}

/** `configs list`: what `configs set` takes, and the id. */
export const listConfigs = command({
  name: 'configs list',
  takes: [],
  summary: 'Show all conversation configs.',
  options: {
    tenant: { type: 'string', value: 'NAME', doc: 'Only those of this tenant.' },
    json: { type: 'boolean', doc: 'One JSON object per line, as configs set takes it.' },
  },
  async run({ options: { tenant, json } }, terminal) {
    const configs = (await readEndpointViews(tenant)).filter(({ kind }) => kind === 'config')
    if (json) for (const config of configs) terminal.line(JSON.stringify(configForm(config)))
    else if (configs.length === 0) terminal.note('no configs; millrace configs set URL sets one')
    else terminal.line(asTable(configs))
    return 0
  },
})

function configForm({
  endpoint_id,
  tenant,
  conversation_id,
  channels,
  usecase,
  workflow_id,
  url,
  is_enabled,
}: EndpointView) {
  return {
    endpoint_id,
    tenant,
    conversation_id,
    channel: channels[0] ?? null,
    usecase,
    is_enabled,
    config: { workflow_id, callback_url: url },
  }
}

function asTable(configs: readonly EndpointView[]): string {
  return textTable(
    ['CONFIG', 'TENANT', 'STATE', 'CONVERSATION', 'USECASE', 'CHANNEL', 'WORKFLOW', 'CALLBACK URL'],
    configs.map((each) => [
      each.endpoint_id,
      each.tenant,
      conditionWord(conditionIn(each)),
      each.conversation_id ?? 'all',
      each.usecase ?? 'all',
      each.channels[0] ?? 'all',
      each.workflow_id ?? '',
      each.url,
    ]),
  )
}
