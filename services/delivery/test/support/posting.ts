import { ownTime } from '@millrace/test-support'
import { createPoster, type Poster, type PostOptions, type Target } from '../../src/post.ts'
import type { Posted } from '../../src/tried.ts'
import { targetsWith } from './targets.ts'

export const body = Buffer.from('{"a":1}')

/** A poster that waits for as long as a busy machine may take. */
export function posterWith(changes: Partial<PostOptions> = {}): Poster {
  return createPoster({ timeoutMs: 20_000, userAgent: 'Millrace/test', targets: targetsWith(), ...changes })
}

/** One try of a small body to a URL, and how long it took, as `ownTime` counts. */
export async function postOnce(
  url: string,
  changes: Partial<PostOptions> = {},
  target: Partial<Target> = {},
): Promise<Posted & { readonly tookMs: number }> {
  const poster = posterWith(changes)
  const began = ownTime()
  try {
    const posted = await poster.post({ url, owner: 'default/ep_1', ...target }, { 'webhook-id': 'msg_1' }, body, never)
    return { ...posted, tookMs: ownTime() - began }
  } finally {
    await poster.close()
  }
}

export const never = new AbortController().signal
