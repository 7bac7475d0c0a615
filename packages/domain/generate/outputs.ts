import { existsSync, readFileSync } from 'node:fs'
import { actions, clientTaskRequest, jsonSchemaOf, processedAnswer } from '../src/index.ts'

/** A generated file. */
export interface Output {
  readonly file: URL
  readonly text: string
}

const folder = new URL('../../../docs/schemas/actions/', import.meta.url)

/** The JSON Schemas of the actions and of the Make contract, as they should be. */
export function outputs(): Output[] {
  const ofActions = actions.flatMap(({ name, title, description, input, output }) => [
    schemaFile(`${name}.input.json`, { title, description, ...jsonSchemaOf(input, 'input') }),
    schemaFile(`${name}.output.json`, { title: `${title}: result`, ...jsonSchemaOf(output, 'output') }),
  ])
  return [
    ...ofActions,
    schemaFile('make.client-task.request.json', jsonSchemaOf(clientTaskRequest, 'input')),
    schemaFile('make.client-task.answer.json', jsonSchemaOf(processedAnswer, 'output')),
  ]
}

/** Those of `outputs()` whose file is not what it should be. */
export function stale(): Output[] {
  return outputs().filter(({ file, text }) => !existsSync(file) || readFileSync(file, 'utf8') !== text)
}

function schemaFile(name: string, schema: object): Output {
  return { file: new URL(name, folder), text: `${JSON.stringify(schema, null, 2)}\n` }
}
