import { type ErasureSubject, OperationsError, readSubject } from '@millrace/operations'
import { ConsoleError } from '../errors.ts'

/** @throws ConsoleError `MR_CONSOLE_INVALID` */
export function subjectOf(text: string): ErasureSubject {
  try {
    return readSubject(text)
  } catch (cause) {
    if (!(cause instanceof OperationsError)) throw cause
    throw new ConsoleError('MR_CONSOLE_INVALID', { problems: cause.problems, cause })
  }
}

/** A reason goes to the audit, which keeps it when the person is long gone. */
export function requireNameless(reason: string, { id }: ErasureSubject): void {
  if (!reason.toLowerCase().includes(id.toLowerCase())) return
  const detail = 'must not name whom it is about: the audit keeps it'
  throw new ConsoleError('MR_CONSOLE_INVALID', { problems: [{ pointer: '/reason', detail }] })
}

/** The same for the words of who decides about an erasure: `revealed` is what that one is shown. @throws ConsoleError `MR_CONSOLE_INVALID` */
export function requireNamelessDecision(reason: string, revealed: unknown): void {
  const { subject } = (revealed as { readonly request?: { readonly subject?: string } }).request ?? {}
  if (subject !== undefined) requireNameless(reason, subjectOf(subject))
}
