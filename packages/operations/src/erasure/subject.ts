import { wrongField } from '../errors.ts'

/** What may be erased: everything of a conversation, contact or client by its id, or of a person by an email address. */
export const subjectKinds = ['email', 'conversation', 'contact', 'client'] as const
export type SubjectKind = (typeof subjectKinds)[number]

export interface ErasureSubject {
  readonly kind: SubjectKind
  /** As it is looked for: an address in lower case, an id as it is. */
  readonly id: string
}

const MAX_LENGTH = 500
const address = /^[^\s@<>"(),:;]+@[^\s@<>"(),:;]+$/

/**
 * Reads `email:ada@example.com`, `conversation:cnv_1`, `contact:crd_1` or `client:client-9`.
 * @throws OperationsError `MR_OPERATIONS_INPUT`, which never repeats the text
 */
export function readSubject(text: string): ErasureSubject {
  const colon = text.indexOf(':')
  const kind = subjectKinds.find((each) => each === text.slice(0, Math.max(colon, 0)))
  if (kind === undefined) throw wrongField('/subject', `must begin with ${subjectKinds.join(':, ')}:`)
  const id = text.slice(colon + 1).trim()
  // Ids of ours begin so: the key of a tenant's blind indexes is nobody's.
  if (id === '' || id.startsWith('#') || id.length > MAX_LENGTH || /\p{Cc}/u.test(id))
    throw wrongField('/subject', `must have 1 to ${MAX_LENGTH} characters after ${kind}:`)
  if (kind !== 'email') return { kind, id }
  if (!address.test(id)) throw wrongField('/subject', 'must be an email address after email:')
  return { kind, id: id.toLowerCase() }
}

/** The form in which people give it, and of which its hash is made. */
export function subjectText({ kind, id }: ErasureSubject): string {
  return `${kind}:${id}`
}
