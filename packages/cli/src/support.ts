import type { ConsoleClient } from '@millrace/console-client'
import { command } from './command.ts'
import { asked, requireConsole } from './console.ts'
import { CliError } from './errors.ts'
import { writeOutput } from './files.ts'

/** `support`: what a support case needs of one event. */
export const support = command({
  name: 'support',
  takes: ['EVENT'],
  summary: 'Pack what a support case needs of one event, without personal data.',
  details: [
    'EVENT is an event id, or the webhook_id that its sender got. The pack holds ids, the times of every hop, each delivery with its tries, dead letters and',
    'the configuration of source and endpoints; no payload, headers or secrets. Ids of conversations, contacts and clients, paths of URLs and addresses are',
    'masked; its field "masked" says how.',
    '',
    'millrace support evt_55c8c149 --out case-17.json',
  ].join('\n'),
  options: {
    tenant: { type: 'string', value: 'NAME', doc: 'Whose event it is; default "default".' },
    out: { type: 'string', value: 'FILE', doc: 'File to write to; else it is printed.' },
  },
  async run({ args: [id = ''], options: { tenant = 'default', out } }, terminal) {
    const client = requireConsole('Support packs')
    const eventId = await findEvent(client, tenant, id)
    const path = { tenant, event_id: eventId }
    const pack = await asked(client.GET('/api/v1/tenants/{tenant}/events/{event_id}/support', { params: { path } }))
    const text = JSON.stringify(pack, null, 2)
    if (out === undefined) terminal.line(text)
    else {
      await writeOutput(out, `${text}\n`)
      terminal.line(out)
    }
    const { deliveries, dead_letters, event } = pack
    const tries = deliveries.reduce((sum, each) => sum + each.tries.length, 0)
    terminal.note(
      `${event.type}, ${event.status}: ${deliveries.length} deliveries with ${tries} tries, ${dead_letters.length} dead letters`,
    )
    return 0
  },
})

/** @throws CliError `MR_CLI_NOT_FOUND` where the id is of no event, `MR_CLI_USAGE` where it is of several */
async function findEvent(client: ConsoleClient, tenant: string, id: string): Promise<string> {
  const params = { path: { tenant }, query: { q: id, limit: 2 } }
  const { items } = await asked(client.GET('/api/v1/tenants/{tenant}/events', { params }))
  const [first, second] = items
  if (first === undefined)
    throw new CliError('MR_CLI_NOT_FOUND', `the console knows no event ${id} in tenant ${tenant}`)
  if (second !== undefined && first.event_id !== id)
    throw new CliError('MR_CLI_USAGE', `${id} is of several events: name one by its event id`)
  return first.event_id
}
