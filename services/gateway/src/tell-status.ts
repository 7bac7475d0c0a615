import type { Source } from '@millrace/service-kit'
import { toAnswer } from './answer-caller.ts'
import type { AskedRequests } from './asked-requests.ts'
import { headerTexts } from './chosen-headers.ts'
import { GatewayError } from './errors.ts'
import { type Answer, type Exchange, JSON_TYPE } from './exchange.ts'
import type { Limits } from './limits.ts'
import { awaitedAnswer } from './respond-async.ts'
import { pathOf, type SourceRoutes } from './source-routes.ts'
import { proveRequest } from './verify-request.ts'

/** A look for an answer: at whose path, and for which request. */
export interface StatusLook {
  readonly source: Source
  readonly webhookId: string
}

const STATUS = /^(\/.+)\/status\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/** The look that a target stands for; undefined when no synchronous source answers there. */
export function statusLookAt(url: string, routes: Pick<SourceRoutes, 'at'>): StatusLook | undefined {
  const [, path = '', webhookId = ''] = STATUS.exec(pathOf(url) ?? '') ?? []
  const source = path === '' ? undefined : routes.at(path)
  return source?.isSynchronous ? { source, webhookId } : undefined
}

export interface StatusTellerParts {
  readonly asked: AskedRequests
  readonly limits: Limits
  readonly isValidationRequired: boolean
}

/** Answers a look: 200 with the answer, a problem where it failed, 202 while it is in progress, 404 for what this source has not asked. */
export type StatusTeller = (exchange: Exchange, look: StatusLook) => Promise<Answer>

export function createStatusTeller({ asked, limits, isValidationRequired }: StatusTellerParts): StatusTeller {
  return async (exchange, { source, webhookId }) => {
    // The same credential as for asking; a signature is that of the empty body.
    const headers = headerTexts(exchange.request.headers)
    const proof = proveRequest(source, { headers, body: Buffer.alloc(0) }, exchange.receivedAt, isValidationRequired)
    exchange.scheme = proof.scheme
    exchange.secretId = proof.secretId ?? undefined
    limits.checkSource(exchange, source)
    const state = await asked.find(webhookId, source)
    if (state.is === 'unknown') throw new GatewayError('MR_GATEWAY_STATUS_UNKNOWN')
    return state.is === 'awaited' ? awaitedAnswer(exchange, webhookId) : { ...toAnswer(state.body), type: JSON_TYPE }
  }
}
