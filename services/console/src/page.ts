import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { App } from './access/define-routes.ts'
import { ConsoleError } from './errors.ts'

/** Beside the sources; in an image, beside the bundle. */
const places = [join(import.meta.dirname, '../web/dist'), join(import.meta.dirname, 'web')]

/** Where the built page is; undefined when it was not built. */
export function findPage(): string | undefined {
  return places.find((place) => existsSync(join(place, 'index.html')))
}

const YEAR_S = 31_536_000
const missing = `The page is not built: npm run pnpm -- turbo run build --filter=@millrace/console-web
The API is there: /api/v1 (services/console/openapi.json).
`

/**
 * Serves the page: its assets, whose names change with what they hold, for a year; everything else is asked for again each time. A path without a
 * file extension is one of the page's own and gets `index.html`.
 * @param directory of the built page; undefined: it says how to build it
 */
export async function servePage(app: App, directory: string | undefined): Promise<void> {
  if (directory !== undefined)
    await app.register(fastifyStatic, {
      root: directory,
      preCompressed: true,
      setHeaders(reply, path) {
        const isAsset = path.startsWith(join(directory, 'assets'))
        reply.header('cache-control', isAsset ? `public, max-age=${YEAR_S}, immutable` : 'no-cache')
      },
    })
  app.setNotFoundHandler(async ({ method, url }, reply) => {
    const [path = ''] = url.split('?', 1)
    const isPage = ['GET', 'HEAD'].includes(method) && !path.startsWith('/api/') && !/\.[^/]*$/.test(path)
    if (!isPage) throw new ConsoleError('MR_CONSOLE_NOT_FOUND')
    if (directory !== undefined && existsSync(join(directory, 'index.html'))) return reply.sendFile('index.html')
    return reply.code(503).type('text/plain; charset=utf-8').send(missing)
  })
}
