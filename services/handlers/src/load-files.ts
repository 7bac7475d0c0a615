import { registerHooks } from 'node:module'
import { basename, extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { HandlersError } from './errors.ts'
import * as api from './index.ts'
import { collectHandlers, type Registration, withUniqueNames } from './registry.ts'

const API = '@millrace/handlers'
const apiUrl = 'millrace:handlers'
const apiKey = 'millrace.handlers'

let isOffered = false

/**
 * Lets a file import `@millrace/handlers` wherever it lies and whatever is installed there, also from the bundle in an image: the module is this
 * process's own.
 */
function offerApi(): void {
  if (isOffered) return
  isOffered = true
  Object.defineProperty(globalThis, Symbol.for(apiKey), { value: api })
  const names = Object.keys(api).join(', ')
  const source = `export const { ${names} } = globalThis[Symbol.for('${apiKey}')]`
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === API ? { url: apiUrl, format: 'module', shortCircuit: true } : next(specifier, context),
    load: (url, context, next) =>
      url === apiUrl ? { format: 'module', source, shortCircuit: true } : next(url, context),
  })
}

/**
 * Loads files one after the other and gives back what they register.
 * @throws HandlersError `MR_HANDLERS_FILE` with the file and the reason
 */
export async function loadHandlers(files: readonly string[]): Promise<readonly Registration[]> {
  offerApi()
  const all: Registration[] = []
  for (const file of files) all.push(...(await loadFile(resolve(file))))
  return withUniqueNames(all)
}

async function loadFile(path: string): Promise<readonly Registration[]> {
  try {
    return await collectHandlers(basename(path, extname(path)), () => import(pathToFileURL(path).href))
  } catch (cause) {
    if (cause instanceof HandlersError) throw cause
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : 'a value that is no Error was thrown'
    throw new HandlersError('MR_HANDLERS_FILE', `${path} cannot be loaded: ${reason}`, { cause })
  }
}
