import { type EndpointView, readEndpointStates, readEndpoints, tenantPattern, viewOf } from '@millrace/operations'
import { usage } from './command.ts'
import { withKafka } from './with-kafka.ts'

/** Every endpoint and config as it is shown, with how it does; those of one tenant where one is named. */
export async function readEndpointViews(tenant?: string): Promise<EndpointView[]> {
  const [all, states] = await withKafka(({ kafka }) => Promise.all([readEndpoints(kafka), readEndpointStates(kafka)]))
  const now = Date.now()
  return [...all.values()]
    .filter((endpoint) => tenant === undefined || endpoint.tenant === tenant)
    .map((endpoint) => viewOf(endpoint, states, now))
}

/** The tenant of a new endpoint. @throws CliError `MR_CLI_USAGE` for what is no name */
export function tenantOf({ tenant = 'default' }: { readonly tenant?: string }, command: string): string {
  if (!tenantPattern.test(tenant)) throw usage(`--tenant is a name, not "${tenant}"`, command)
  return tenant
}
