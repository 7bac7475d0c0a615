import { existsSync, readFileSync } from 'node:fs'
import { actions, clientTaskRequest, jsonSchemaOf, payloadSchemas, processedAnswer } from '../src/index.ts'

/** A generated file. */
export interface Output {
  readonly file: URL
  readonly text: string
}

const folder = new URL('../../../docs/schemas/', import.meta.url)

/** The JSON Schemas of outbound payloads, of the actions and of the Make contract, as they should be. */
export function outputs(): Output[] {
  const ofActions = actions.flatMap(({ name, title, description, input, output }) => [
    schemaFile(`actions/${name}.input.json`, { title, description, ...jsonSchemaOf(input, 'input') }),
    schemaFile(`actions/${name}.output.json`, { title: `${title}: result`, ...jsonSchemaOf(output, 'output') }),
  ])
  return [
    ...Object.entries(payloadSchemas).map(([name, schema]) => schemaFile(`${name}.json`, schema)),
    ...ofActions,
    schemaFile('actions/make.client-task.request.json', jsonSchemaOf(clientTaskRequest, 'input')),
    schemaFile('actions/make.client-task.answer.json', jsonSchemaOf(processedAnswer, 'output')),
  ]
}

/** Those of `outputs()` whose file is not what it should be. */
export function stale(): Output[] {
  return outputs().filter(({ file, text }) => !existsSync(file) || readFileSync(file, 'utf8') !== text)
}

function schemaFile(name: string, schema: object): Output {
  return { file: new URL(name, folder), text: `${JSON.stringify(schema, null, 2)}\n` }
}
