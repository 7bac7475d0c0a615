import type { ApiObject, KubeApi } from './kube.ts'
import { admitted } from './pod-security.ts'

const NAME = 'millrace-toolbox'

/**
 * Does what `kubectl create job toolbox --from=cronjob/millrace-toolbox` does, and makes the pod that its Job would: 1 where the API server takes both.
 * https://github.com/kubernetes/kubectl/blob/v0.34.2/pkg/cmd/create/create_job.go (createJobFromCronJob)
 */
export async function openToolbox(api: KubeApi, namespace: string, say: (text: string) => void): Promise<number> {
  const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`
  const { body: cronJob } = await api.ask('GET', `/apis/batch/v1/namespaces/${namespace}/cronjobs/${NAME}`)
  const { jobTemplate } = (cronJob.spec ?? {}) as { jobTemplate?: { metadata?: { labels?: object }; spec?: object } }
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: 'toolbox',
      labels: jobTemplate?.metadata?.labels,
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: NAME, uid: cronJob.metadata?.uid }],
    },
    spec: jobTemplate?.spec,
  }
  const { status, body } = await api.ask('POST', jobs, job)
  if (status !== 201) say(`${namespace}: the toolbox's Job is not taken: ${status} ${body.message}`)
  const refused = await admitted(api, namespace, [job as unknown as ApiObject])
  for (const one of refused) say(`${namespace}: ${one}`)
  await api.ask('DELETE', `${jobs}/toolbox?propagationPolicy=Background`)
  return Number(status === 201 && refused.length === 0)
}
