import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyRequest } from 'fastify'
import type { App } from './access/define-routes.ts'
import { ConsoleError } from './errors.ts'

/** Where the built page is, or will be: beside the sources, in an image beside the bundle. */
export const pageDirectory = join(import.meta.dirname, import.meta.url.endsWith('.ts') ? '../web/dist' : 'web')

const YEAR_S = 31_536_000
const READS = ['GET', 'HEAD']
const missing = `The page is not built: npm run pnpm -- turbo run build --filter=@millrace/console-web
The API is there: /api/v1 (services/console/openapi.json).
`

/**
 * Serves the page: its assets, whose names change with what they hold, for a year; everything else is asked for again each time. Every other
 * path that a browser goes to is one of the page's own and gets `index.html`.
 * @param directory of the built page; while it is not there the answer says how to build it
 */
export async function servePage(app: App, directory: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: directory,
    preCompressed: true,
    setHeaders(reply, path) {
      const isAsset = path.startsWith(join(directory, 'assets'))
      reply.header('cache-control', isAsset ? `public, max-age=${YEAR_S}, immutable` : 'no-cache')
    },
  })
  app.setNotFoundHandler(async (request, reply) => {
    if (!isOfPage(request)) throw new ConsoleError('MR_CONSOLE_NOT_FOUND')
    if (!READS.includes(request.method)) throw new ConsoleError('MR_CONSOLE_METHOD', { allow: READS })
    if (existsSync(join(directory, 'index.html'))) return reply.sendFile('index.html')
    return reply.code(503).type('text/plain; charset=utf-8').send(missing)
  })
}

/** Ids in the page's paths may hold dots: what a browser navigates to says that it wants HTML. */
function isOfPage({ url, headers }: FastifyRequest): boolean {
  const [path = ''] = url.split('?', 1)
  if (/^\/(api|assets|problems)\//.test(path)) return false
  return headers.accept?.includes('text/html') || !/\.[^/]*$/.test(path)
}
