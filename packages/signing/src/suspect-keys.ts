import type { FoundMistake } from './mistakes.ts'
import type { Scheme, Secret } from './scheme.ts'
import { isInForce } from './secret.ts'

/** The secrets of another source of ours. */
export interface OtherSecrets {
  readonly source: string
  readonly secrets: readonly Secret[]
}

/** A text that the sender may have used as the secret. `form`: how its bytes were read, the scheme's own way when absent. */
export interface SuspectKey {
  readonly text: string
  readonly form?: 'text' | 'base64' | 'hex'
  /** None: it is a secret that counts. */
  readonly mistakes: readonly FoundMistake[]
}

/** Most texts that are tried; a source has 20 secrets at most, an installation may have many sources. */
const maxKeys = 400

/** Every text that may have been the sender's secret: those that count, those that do not (any more), spoiled ones, those of others. */
export function suspectKeys(
  scheme: Scheme,
  secrets: readonly Secret[],
  others: readonly OtherSecrets[],
  now: number,
): SuspectKey[] {
  const isForScheme = ({ schemes }: Secret) => schemes === undefined || schemes.includes(scheme.name)
  const [right, ofOtherSchemes] = [secrets.filter(isForScheme), secrets.filter((secret) => !isForScheme(secret))]
  const present = right.filter((secret) => isInForce(secret, now))
  const past = right.filter((secret) => !isInForce(secret, now))
  return [
    ...present.map((secret) => ({ text: secret.secret, mistakes: [] })),
    ...past.map((secret) => suspect(secret, (secret.notBefore ?? 0) > now ? 'secret-not-yet-valid' : 'secret-expired')),
    ...ofOtherSchemes.map((secret) => suspect(secret, 'secret-of-other-scheme')),
    ...present.flatMap(spoiled),
    ...others.flatMap(({ source, secrets: theirs }) =>
      theirs.map((secret) => suspect(secret, 'secret-of-other-source', source)),
    ),
  ].slice(0, maxKeys)
}

function suspect({ id, secret }: Secret, name: FoundMistake['name'], source?: string): SuspectKey {
  return { text: secret, mistakes: [{ name, secretId: id, ...(source === undefined ? {} : { source }) }] }
}

/** What becomes of a secret that is copied or decoded wrongly. */
function spoiled({ id, secret }: Secret): SuspectKey[] {
  const as = (name: FoundMistake['name'], text: string, form?: SuspectKey['form']): SuspectKey[] =>
    text === '' || (text === secret && form === undefined)
      ? []
      : [{ text, mistakes: [{ name, secretId: id }], ...(form === undefined ? {} : { form }) }]
  const bare = secret.trim()
  const unquoted = bare.replace(/^(['"`])(.*)\1$/s, '$2')
  const afterPrefix = bare.startsWith('whsec_') ? bare.slice('whsec_'.length) : bare
  return [
    ...[bare, `${secret}\n`, `${secret}\r\n`, `${secret} `, ` ${secret}`, `${secret}\r`, ` ${secret} `].flatMap(
      (text) => as('secret-whitespace', text),
    ),
    ...[unquoted, `"${secret}"`, `'${secret}'`, `\`${secret}\``].flatMap((text) => as('secret-quoted', text)),
    ...[...new Set([bare, afterPrefix])].flatMap((text) => as('secret-not-decoded', text, 'text')),
    ...as('secret-decoded', afterPrefix, 'base64'),
    ...as('secret-decoded', bare, 'hex'),
  ]
}
