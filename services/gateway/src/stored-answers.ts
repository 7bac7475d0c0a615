import { createSealedTexts, type Log, type RecordCipher } from '@millrace/kafka'
import type { Redis } from 'ioredis'

/** The answers to synchronous callers, as knowledge-graph stored them. */
export interface StoredAnswers {
  /** By reply keys, in their order; null where there is none, or whom it is about was erased. Rejects while Redis does not answer. */
  read(replyKeys: readonly string[]): Promise<(Buffer | null)[]>
}

export interface StoredAnswersOptions {
  readonly redis: Pick<Redis, 'mgetBuffer'>
  /** Opens those that are encrypted. */
  readonly cipher?: RecordCipher | undefined
  readonly log: Pick<Log, 'error'>
}

/** The key under which knowledge-graph stores the answer, without the installation's prefix (the connection adds it). */
export function storedReplyKey(replyKey: string): string {
  return `reply:${replyKey}`
}

export function createStoredAnswers({ redis, cipher, log }: StoredAnswersOptions): StoredAnswers {
  const sealed = createSealedTexts(cipher)
  /** One that cannot be opened keeps nobody else from his own. */
  const opened = (text: Buffer): Buffer | null => {
    try {
      return sealed.open(text) ?? null
    } catch (error) {
      log.error({ error }, 'a stored answer cannot be opened')
      return null
    }
  }
  return {
    async read(replyKeys) {
      const texts = await redis.mgetBuffer(replyKeys.map(storedReplyKey))
      await sealed.prepareOpen(texts)
      return texts.map((text) => (text === null ? null : opened(text)))
    },
  }
}
