import { payloadSchemas } from '@millrace/domain'
import { command, usage } from './command.ts'

const name = 'endpoints schema'

/** `endpoints schema`: what a receiver validates payloads with. */
export const endpointSchema = command({
  name,
  takes: ['NAME'],
  summary: `Show the JSON Schema of a payload: ${Object.keys(payloadSchemas).join(', ')}.`,
  options: {},
  async run({ args: [wanted = ''] }, terminal) {
    const schema = Object.hasOwn(payloadSchemas, wanted) ? payloadSchemas[wanted] : undefined
    if (schema === undefined) throw usage(`"${wanted}" is not one of ${Object.keys(payloadSchemas).join(', ')}`, name)
    terminal.line(JSON.stringify(schema, null, 2))
    return 0
  },
})
