import { type Registration, registerSchemas, registryOf } from '@millrace/service-kit'
import { command } from './command.ts'
import { CliError } from './errors.ts'
import { readCliSettings } from './settings.ts'

/** `schemas register`: before an upgrade, by the deployment. */
export const registerAll = command({
  name: 'schemas register',
  takes: [],
  summary: 'Register the schemas of all topics in the schema registry.',
  details:
    'Subjects are TOPIC-value, kept FULL_TRANSITIVE. A schema that does not fit what the registry holds is named with the reason;\nnothing is registered then, and the exit code is 1. Repeating it changes nothing.',
  options: { 'dry-run': { type: 'boolean', doc: 'Only tell what would be new, and whether it fits.' } },
  async run({ options }, terminal) {
    const registry = registryOf(readCliSettings())
    if (registry === undefined)
      throw new CliError('MR_CLI_USAGE', 'SCHEMA_REGISTRY_URL names no registry: there is nothing to register in')
    const isDryRun = options['dry-run'] === true
    const tell = (one: Registration) => terminal.line(lineOf(one))
    const all = await registerSchemas(registry, { isDryRun, onRegistered: tell })
    const count = all.filter(({ isNew }) => isNew).length
    terminal.line(`${count} ${isDryRun ? 'would be registered' : 'registered'}, ${all.length - count} were there`)
    return 0
  },
})

function lineOf({ isNew, id, schema, version, subject }: Registration): string {
  return `${isNew ? 'new     ' : 'existing'}  ${id === null ? '' : `id ${id}  `}${schema} v${version}  ${subject}`
}
