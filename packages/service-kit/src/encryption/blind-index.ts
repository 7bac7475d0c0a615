import { KafkaError } from '@millrace/kafka'
import { blindHash } from './erased-subjects.ts'
import type { IndexKeys } from './index-keys.ts'

/** Hashes by a key of the tenant: whoever has no key cannot tell what a hash is of, not even by trying all addresses there are. */
export interface BlindIndex {
  /** Has the keys of these tenants at hand, and makes those that are missing. Undefined when they are. Rejects transiently while they cannot be reached. */
  prepare(tenants: readonly string[]): Promise<void> | undefined
  /**
   * 16 bytes, the same for the same text for ever. @param kind what the text is (`address`, `word`, `subject`): equal texts of two kinds differ
   * @throws KafkaError `MR_KAFKA_KEY_PENDING` without `prepare`
   */
  blind(tenant: string, kind: string, text: string): Buffer
}

export function createBlindIndex(index: IndexKeys): BlindIndex {
  return {
    prepare: (tenants) => index.prepare(tenants),
    blind(tenant, kind, text) {
      const key = index.get(tenant)
      if (key === undefined) throw new KafkaError('MR_KAFKA_KEY_PENDING', 'the key of blind indexes is not at hand')
      return blindHash(key, kind, text)
    },
  }
}
