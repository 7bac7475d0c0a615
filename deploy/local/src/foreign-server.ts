import { LocalError } from './errors.ts'
import type { Server } from './server.ts'

/** Stands for a server that someone else runs: it can be used, not ended. */
export function foreignServer(name: string): Server {
  const refuse = async (): Promise<never> => {
    throw new LocalError('MR_LOCAL_NOT_OURS', `${name} was named by a setting; it is not started or ended from here.`)
  }
  return { name, pid: undefined, start: async () => {}, stop: async () => {}, kill: refuse, restart: refuse }
}
