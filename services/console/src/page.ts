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

const YEAR_MS = 31_536_000_000
const missing = `The page is not built: npm run pnpm -- turbo run build --filter=@millrace/console-web
The API is there: /api/v1 (services/console/openapi.json).
`

/**
 * Serves the page: its assets, whose names change with what they hold, for a year; everything else is asked for again each time. A path without a
 * file extension is one of the page's own and gets `index.html`.
 * @param directory of the built page
 */
export async function servePage(app: App, directory: string | undefined): Promise<void> {
  if (directory === undefined) {
    app.get('/', async (_, reply) => reply.code(503).type('text/plain; charset=utf-8').send(missing))
    app.setNotFoundHandler(notFound)
    return
  }
  await app.register(fastifyStatic, {
    root: directory,
    wildcard: false,
    index: 'index.html',
    preCompressed: true,
    etag: true,
    setHeaders(reply, path) {
      const isAsset = path.startsWith(join(directory, 'assets'))
      reply.header('cache-control', isAsset ? `public, max-age=${YEAR_MS / 1_000}, immutable` : 'no-cache')
    },
  })
  app.setNotFoundHandler((request, reply) => {
    const { method, url } = request
    const [path = ''] = url.split('?', 1)
    const isPage = ['GET', 'HEAD'].includes(method) && !path.startsWith('/api/') && !/\.[^/]*$/.test(path)
    if (!isPage) return notFound()
    return reply.sendFile('index.html')
  })
}

function notFound(): never {
  throw new ConsoleError('MR_CONSOLE_NOT_FOUND')
}
