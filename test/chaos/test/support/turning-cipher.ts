import type { RecordCipher } from '@millrace/kafka'

/** Keys that only turn the bits around: what it has made shows nothing of what is in it. */
export function createTurningCipher(): RecordCipher & { erase(subject: string): void } {
  const erased = new Set<string>()
  const prepared = new Set<string>()
  const turned = (bytes: Buffer) => Buffer.from(bytes.map((byte) => byte ^ 255))
  const keyIdOf = (subject: string) => `${subject}/0123456789abcdef`
  return {
    prepareWrite: () => undefined,
    encrypt: (subject, plain) => ({ keyId: keyIdOf(subject), bytes: turned(plain) }),
    async prepareRead(keyIds) {
      for (const keyId of keyIds) prepared.add(keyId)
    },
    isErased: (keyId) => erased.has(keyId),
    decrypt(keyId, bytes) {
      if (!prepared.has(keyId)) throw new Error(`${keyId} is not at hand`)
      return turned(bytes)
    },
    erase: (subject) => void erased.add(keyIdOf(subject)),
  }
}
