import { setTimeout as pause } from 'node:timers/promises'
import type { ApiObject, KubeApi } from './kube.ts'

/** Ends hooks as a cluster with nodes would. */
export interface StandIn {
  /** A Job whose name ends so fails from now on; undefined: none does. */
  failing(name: string | undefined): void
  /** Names of what was ended, in order; forgets them. */
  ended(): string[]
  close(): Promise<void>
}

const LOOK_EVERY_MS = 100

/**
 * Stands in for the Job controller and the kubelet, of which an API server alone has neither: every Job is reported as complete (or failed), every Pod of a
 * `helm test` as succeeded. What the programs in them do is shown elsewhere; here it is what Helm does about it.
 */
export function startStandIn(api: KubeApi): StandIn {
  let isClosed = false
  let failed: string | undefined
  let ended: string[] = []
  const loop = (async () => {
    while (!isClosed) {
      for (const job of await unended(api, '/apis/batch/v1/jobs', isEndedJob)) {
        const isFailure = failed !== undefined && job.metadata.name.endsWith(failed)
        await report(api, `/apis/batch/v1/namespaces/${job.metadata.namespace}/jobs`, job, jobStatus(isFailure))
        ended.push(`${job.metadata.name}${isFailure ? ' (failed)' : ''}`)
      }
      for (const pod of await unended(api, '/api/v1/pods', isEndedPod)) {
        await report(api, `/api/v1/namespaces/${pod.metadata.namespace}/pods`, pod, { phase: 'Succeeded' })
        ended.push(pod.metadata.name)
      }
      await pause(LOOK_EVERY_MS)
    }
  })()
  return {
    failing: (name) => {
      failed = name
    },
    ended: () => {
      const all = ended
      ended = []
      return all
    },
    close: async () => {
      isClosed = true
      await loop
    },
  }
}

async function unended(api: KubeApi, path: string, isEnded: (object: ApiObject) => boolean): Promise<ApiObject[]> {
  const { body } = await api.ask('GET', path)
  return (body.items ?? []).filter((one) => !isEnded(one))
}

const isEndedPod = ({ status }: ApiObject) => (status as { phase?: string })?.phase === 'Succeeded'
/** What people open, such as the toolbox, is not for it to end. */
const isEndedJob = ({ metadata, status }: ApiObject) =>
  metadata.annotations?.['helm.sh/hook'] === undefined ||
  ((status as { conditions?: unknown[] })?.conditions ?? []).length > 0

async function report(api: KubeApi, path: string, { metadata }: ApiObject, status: object): Promise<void> {
  const answer = await api.ask('PATCH', `${path}/${metadata.name}/status`, { status }, 'application/merge-patch+json')
  // Helm may have deleted it since it was listed.
  if (answer.status !== 200 && answer.status !== 404)
    throw new Error(`status of ${metadata.name}: ${answer.status} ${answer.body.message}`)
}

/** As the API server asks for it of a Job controller. */
function jobStatus(isFailure: boolean): object {
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const condition = (type: string) => ({
    type,
    status: 'True',
    reason: isFailure ? 'BackoffLimitExceeded' : 'CompletionsReached',
    message: 'reported by the stand-in',
    lastProbeTime: now,
    lastTransitionTime: now,
  })
  return isFailure
    ? { startTime: now, failed: 4, conditions: [condition('FailureTarget'), condition('Failed')] }
    : {
        startTime: now,
        completionTime: now,
        succeeded: 1,
        conditions: [condition('SuccessCriteriaMet'), condition('Complete')],
      }
}
