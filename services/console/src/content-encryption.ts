import { createSealedTexts } from '@millrace/kafka'
import type { ServiceContext } from '@millrace/service-kit'
import { parseSecretKeys } from '@millrace/signing'
import { createRestingTexts, type OpenRestingParts, plainTexts, type RestingTexts } from './db/resting.ts'
import type { OpenSealedParts } from './db/sealed.ts'
import { createSealer, type Sealer } from './ledger/sealer.ts'
import type { ConsoleSettings } from './settings.ts'
import { createWordIndex, type WordIndex } from './words/word-index.ts'

/** What encrypts contents in the database, opens and finds them; nothing of it where there are no secret keys. */
export interface ContentEncryption {
  readonly sealed: OpenSealedParts | undefined
  /** Finds rows by words whatever the setting says: what was written while it was on may still be there. */
  readonly words: WordIndex | undefined
  /** The same for searches, which do without keys and Redis where encryption is off. */
  readonly searchedWords: WordIndex | undefined
  /** Undefined where encryption is off. */
  readonly sealer: Sealer | undefined
  /** Seals texts of approvals and of the audit; leaves them as they are where encryption is off. */
  readonly resting: RestingTexts
  /** Opens them; undefined where there are no secret keys. */
  readonly openResting: OpenRestingParts | undefined
}

export function createContentEncryption({
  cipher,
  blindIndex,
  log,
  settings,
}: Pick<ServiceContext<ConsoleSettings>, 'cipher' | 'blindIndex' | 'log' | 'settings'>): ContentEncryption {
  const keys = settings.secretKeys === undefined ? undefined : parseSecretKeys(settings.secretKeys)
  const onUnreadable = (error: unknown) => log.error({ error }, 'content of a row cannot be opened, and is not shown')
  const rest = {
    resting: keys !== undefined && settings.encryption ? createRestingTexts(keys) : plainTexts,
    openResting: keys === undefined ? undefined : { keys, onUnreadable },
  }
  if (cipher === undefined || blindIndex === undefined)
    return { ...rest, sealed: undefined, words: undefined, searchedWords: undefined, sealer: undefined }
  const texts = createSealedTexts(cipher)
  const words = createWordIndex(blindIndex)
  return {
    ...rest,
    sealed: { texts, onUnreadable },
    words,
    searchedWords: settings.encryption ? words : undefined,
    sealer: settings.encryption ? createSealer(texts, words) : undefined,
  }
}
