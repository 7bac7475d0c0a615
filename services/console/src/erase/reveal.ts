import { open, type SecretKeys } from '@millrace/signing'
import type { ApprovalRow } from '../approve/tables.ts'

/** What of a request for approval is shown to who decides. */
export type Reveal = (row: Pick<ApprovalRow, 'kind' | 'params_json'>) => unknown

/** Whom an erasure is about is stored sealed; who decides about it has to see it. */
export function revealErasure(keys: SecretKeys | undefined): Reveal {
  return ({ kind, params_json }) => {
    const params = JSON.parse(params_json) as { id?: string; request?: { sealed_subject?: string } }
    const { id, request } = params
    if (kind !== 'erasure' || keys === undefined || id === undefined || request?.sealed_subject === undefined)
      return params
    const { sealed_subject, ...rest } = request
    return { ...params, request: { ...rest, subject: open(sealed_subject, keys, id).toString() } }
  }
}
