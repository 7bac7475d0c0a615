import { open, type SecretKeys, seal, sealedWith } from './sealed-box.ts'

/**
 * Keeps data keys by a master key that it alone can use: a local one, or a key management service behind the same calls. Both may be asked for thousands
 * at once, and bound that themselves.
 */
export interface KeyWrapper {
  /** @param belongsTo id of the data key: it is unwrapped with the same only */
  wrap(key: Buffer, belongsTo: string): Promise<string>
  /**
   * @throws SigningError `MR_SIGNING_SEALED_KEY_UNKNOWN` where the master key is not at hand, which may change; `MR_SIGNING_SEALED_FORMAT` and
   *   `MR_SIGNING_SEALED_REFUSED` where no waiting helps
   */
  unwrap(wrapped: string, belongsTo: string): Promise<Buffer>
  /** Name of the master key that wrapped it; empty for what this did not wrap. */
  masterKeyOf(wrapped: string): string
  /** Name of the master key that `wrap` uses now. */
  readonly currentMasterKey: string
}

/** Wraps by `MILLRACE_SECRET_KEYS`: `seal`, bound to the id of the data key. */
export function localKeyWrapper(keys: SecretKeys): KeyWrapper {
  return {
    wrap: async (key, belongsTo) => seal(key, keys, belongsTo),
    unwrap: async (wrapped, belongsTo) => open(wrapped, keys, belongsTo),
    masterKeyOf: (wrapped) => sealedWith(wrapped) ?? '',
    currentMasterKey: keys.currentId,
  }
}
