import { createTargetResolver, type TargetResolverOptions } from '@millrace/service-kit'
import type { PostOptions } from '../../src/post.ts'

/** Anything goes, as on a developer's machine, unless told otherwise. */
export function targetsWith(
  changes: Partial<PostOptions['targets']['policy'] & TargetResolverOptions> = {},
): PostOptions['targets'] {
  const options = {
    allowHttp: true,
    allowPrivate: true,
    ports: [443],
    servers: [],
    ownRanges: [],
    timeoutMs: 10_000,
    ...changes,
  }
  return { policy: options, resolver: createTargetResolver(options) }
}
