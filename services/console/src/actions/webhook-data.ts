import {
  type Action,
  type ClientTaskRequest,
  extractClientKnowledgeGraph,
  processWebhookData,
  type SubmitPort,
} from '@millrace/domain'
import type { Source, SourcesHolder } from '@millrace/service-kit'
import { isInForce, secretsForScheme, sign } from '@millrace/signing'
import type { z } from 'zod'
import type { Executor } from '../approve/execute.ts'
import { ConsoleError } from '../errors.ts'

/** The actions that hand a client's task in, by the names that their approvals keep. */
export const taskActions = {
  process_webhook_data: processWebhookData,
  extract_client_knowledge_graph: extractClientKnowledgeGraph,
} as const satisfies Record<string, Action<z.ZodType, z.ZodType, SubmitPort>>

export type TaskAction = keyof typeof taskActions

/** What is approved. */
export interface TaskRequest {
  readonly action: TaskAction
  /** As the action takes it, checked. */
  readonly input: unknown
}

export interface SubmitParts {
  readonly sources: Pick<SourcesHolder, 'current'>
  /** Where the gateway is, without a path. */
  readonly gatewayUrl: string
  /** Milliseconds that it may take to answer. */
  readonly timeoutMs: number
}

/**
 * Checks a request before anybody is asked to approve it: by the action's own rules, with nothing handed in.
 * @throws DomainError `MR_DOMAIN_ACTION_INPUT`; ConsoleError `MR_CONSOLE_NOT_AVAILABLE` where the tenant has no source that takes tasks
 */
export async function checkTask(
  { action, input }: TaskRequest,
  tenant: string,
  { sources }: Pick<SubmitParts, 'sources'>,
): Promise<ClientTaskRequest> {
  taskSourceOf(sources, tenant)
  const checked = Promise.withResolvers<ClientTaskRequest>()
  const submit = (request: ClientTaskRequest) => {
    checked.resolve(request)
    // The check ends here: there is no answer to hold against the action's schema.
    return new Promise<never>(() => {})
  }
  return await Promise.race([checked.promise, taskActions[action].run(input, { submit }) as Promise<never>])
}

/**
 * Hands an approved task in as its source would: the gateway proves, stores and answers it like any webhook. The approval's id is its idempotency
 * key, so that doing it again gives the same answer of the same event.
 */
export function taskSubmitter(parts: SubmitParts): Executor {
  return async ({ approval, params }) => {
    const { action, input } = params as TaskRequest
    const submit = (request: ClientTaskRequest) => post(parts, approval.tenant, approval.id, request)
    return await taskActions[action].run(input, { submit })
  }
}

async function post(
  { sources, gatewayUrl, timeoutMs }: SubmitParts,
  tenant: string,
  key: string,
  request: ClientTaskRequest,
): Promise<unknown> {
  const source = taskSourceOf(sources, tenant)
  const body = Buffer.from(JSON.stringify(request))
  const headers = { 'content-type': 'application/json', 'idempotency-key': key, ...proofOf(source, body) }
  const ask = async () => {
    const signal = AbortSignal.timeout(timeoutMs)
    const answer = await fetch(`${gatewayUrl}${source.path}`, {
      ...{ method: 'POST', body, headers, redirect: 'error' as const, signal },
    })
    return { status: answer.status, text: await answer.text() }
  }
  const { status, text } = await ask().catch((cause: unknown) => {
    throw new ConsoleError('MR_CONSOLE_GATEWAY', { cause })
  })
  if (status === 200) return JSON.parse(text) as unknown
  const detail = `The gateway answered ${status} at ${source.path}.`
  const isLater = status === 408 || status === 429 || status >= 500
  throw new ConsoleError(isLater ? 'MR_CONSOLE_GATEWAY' : 'MR_CONSOLE_GATEWAY_REFUSED', { detail })
}

/** The tenant's source by which callers hand tasks in and wait for the graph. */
function taskSourceOf(sources: SubmitParts['sources'], tenant: string): Source {
  const own = sources.current().sources.filter((source) => source.tenant === tenant && source.isEnabled !== false)
  const found = own.find(({ isSynchronous, secrets }) => isSynchronous && secrets.length > 0)
  if (found !== undefined) return found
  throw new ConsoleError('MR_CONSOLE_NOT_AVAILABLE', {
    detail: 'The tenant has no synchronous source with a secret, by which tasks are handed in.',
  })
}

function proofOf({ schemes, secrets, name }: Source, body: Buffer): Record<string, string> {
  const now = Date.now()
  for (const scheme of schemes) {
    const secret = secretsForScheme(secrets, scheme).find((each) => isInForce(each, now))
    if (secret !== undefined) return sign(scheme, { body, timestamp: now }, secret.secret)
  }
  throw new ConsoleError('MR_CONSOLE_NOT_AVAILABLE', { detail: `No secret of source ${name} is in force.` })
}
