import type { Deps } from '../deps.ts'
import { allRoutes } from '../routes/index.ts'
import { createServer, type ServerParts } from '../server.ts'

/** The API document, made from the routes alone: nothing is connected to. */
export async function makeDocument(): Promise<object> {
  const app = await createServer(allRoutes, absent('deps') as Deps, absent('parts') as ServerParts, {
    version: '1',
    trustedProxies: [],
    pageDir: '/nonexistent',
  })
  await app.ready()
  const document = app.swagger()
  await app.close()
  return document
}

/** Stands for what only handlers use: may be passed on and taken apart, not called. */
function absent(name: string): unknown {
  return new Proxy(() => {}, {
    get: (_, key) => (typeof key === 'symbol' ? undefined : absent(`${name}.${key}`)),
    apply: () => {
      throw new Error(`${name} is called while routes are registered; it may be used in handlers only`)
    },
  })
}
