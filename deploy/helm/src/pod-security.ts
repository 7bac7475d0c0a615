import { podOf } from './facts.ts'
import type { ApiObject, KubeApi } from './kube.ts'

/** A namespace whose pods have to keep the restricted standard (https://kubernetes.io/docs/concepts/security/pod-security-admission/). */
export function restrictedNamespace(name: string): ApiObject {
  const labels = {
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/enforce-version': 'latest',
  }
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } as ApiObject['metadata'] }
}

/** Whether the API server holds it at all: it must refuse what the standard forbids, in the standard's name. Says what it answered instead. */
export async function isRestricted(api: KubeApi, namespace: string, say: (text: string) => void): Promise<boolean> {
  const container = { name: 'a', image: 'a:1', securityContext: { privileged: true } }
  const { status, body } = await tryPod(api, namespace, 'privileged', { containers: [container] })
  const isRefused = status === 403 && (body.message ?? '').includes('violates PodSecurity "restricted')
  if (!isRefused)
    say(`${namespace}: a privileged pod should be refused by PodSecurity: ${status} ${body.message ?? ''}`)
  return isRefused
}

/** Asks the API server to take the pods that Deployments, Jobs, CronJobs and Pods would make, without keeping them. Answers what it refused, with its reason. */
export async function admitted(api: KubeApi, namespace: string, objects: readonly ApiObject[]): Promise<string[]> {
  const refused: string[] = []
  for (const object of objects) {
    const { kind, metadata } = object
    const pod = podOf(object)
    if (!['Pod', 'Job', 'CronJob', 'Deployment'].includes(kind) || pod === undefined) continue
    const { status, body } = await tryPod(api, namespace, metadata.name, pod)
    if (status !== 201) refused.push(`${kind} ${metadata.name}: ${status} ${body.message}`)
  }
  return refused
}

function tryPod(api: KubeApi, namespace: string, name: string, spec: unknown) {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: `try-${name}` }, spec }
  return api.ask('POST', `/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod)
}
