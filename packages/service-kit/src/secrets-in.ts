import type { SettingDefinitions, SettingValues } from './settings.ts'
import type { Sources } from './sources.ts'

/** Every value that must never be written: secret settings, passwords in URLs, secrets and tokens of sources. */
export function secretsIn<D extends SettingDefinitions>(
  definitions: D,
  values: SettingValues<D>,
  sources: Sources | undefined,
): string[] {
  const fromSettings = Object.entries(definitions).flatMap(([key, setting]) => {
    const value = values[key]
    if (typeof value !== 'string') return []
    if (setting.isSecret) return [value, ...keysIn(value)]
    return setting.kind === 'url' ? passwordOf(value) : []
  })
  return [...fromSettings, ...(sources === undefined ? [] : secretsOfSources(sources))]
}

/** Secrets of sources, and tokens and client secrets of accounts. */
export function secretsOfSources({ sources, accounts }: Sources): string[] {
  const secrets = sources.flatMap((source) => source.secrets.map(({ secret }) => secret))
  const credentials = accounts.flatMap(({ apiToken, oauth }) =>
    [apiToken ?? [], oauth?.clientSecret ?? [], oauth?.refreshToken ?? []].flat(),
  )
  return [...secrets, ...credentials]
}

/** The keys of a list such as `id:key,id:key`, which may turn up one by one. */
function keysIn(secret: string): string[] {
  return secret.split(/[,:]/).filter((part) => part.length >= 16)
}

function passwordOf(url: string): string[] {
  const { password } = new URL(url)
  return password === '' ? [] : [password, decodeURIComponent(password)]
}
