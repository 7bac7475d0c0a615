import type { NamedServers } from './addresses.ts'
import type { Say } from './say.ts'
import type { Servers, StackOptions } from './stack.ts'

export async function whyNoDocker(_say: Say): Promise<string | undefined> {
  return 'no Docker engine is used yet'
}

export function dockerServers(_options: StackOptions, _named: NamedServers): Promise<Servers> {
  throw new Error('not reached')
}
