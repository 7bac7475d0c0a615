import type { Source } from '@millrace/service-kit'

/** Which source posts where. Sources come and go while requests run. */
export interface SourceRoutes {
  /** By the target of a request; undefined when no source posts there. */
  at(url: string): Source | undefined
  all(): readonly Source[]
  /** From now on these; requests in hand keep the source that they began with. */
  replace(sources: readonly Source[]): void
}

const ORIGIN = /^https?:\/\/[^/]*/i

export function createSourceRoutes(initial: readonly Source[]): SourceRoutes {
  let sources: readonly Source[] = []
  let byPath = new Map<string, Source>()
  const replace = (next: readonly Source[]) => {
    sources = next
    byPath = new Map(next.map((source) => [pathOf(source.path) ?? source.path, source]))
  }
  replace(initial)
  return {
    at(url) {
      const known = byPath.get(url)
      if (known !== undefined) return known
      const path = pathOf(url)
      return path === undefined ? undefined : byPath.get(path)
    },
    all: () => sources,
    replace,
  }
}

/** The path of a target, decoded, without a slash at its end; undefined when it is none. */
export function pathOf(url: string): string | undefined {
  const [path = ''] = url.replace(ORIGIN, '').split(/[?#]/, 1)
  try {
    const decoded = path.includes('%') ? decodeURI(path) : path
    return decoded.length > 1 && decoded.endsWith('/') ? decoded.slice(0, -1) : decoded
  } catch {
    return undefined
  }
}
