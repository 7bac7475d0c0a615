import type { SourcesHolder } from '@millrace/service-kit'

/** What the status tells of the sources file; null when the sources come from single settings. */
export function sourcesFileState(
  path: string | undefined,
  { since, refused }: ReturnType<SourcesHolder['state']>,
): object | null {
  if (path === undefined) return null
  return {
    path,
    in_use_since: new Date(since).toISOString(),
    refused: refused === undefined ? null : { at: new Date(refused.at).toISOString(), problems: refused.problems },
  }
}
