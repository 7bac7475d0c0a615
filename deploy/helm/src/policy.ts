/** One object of Kubernetes, as far as the policy looks at it. */
export interface KubeObject {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> }
  readonly spec?: Template & PodSpec & { readonly jobTemplate?: { readonly spec?: Template } }
}

interface Template {
  readonly template?: { readonly spec?: PodSpec }
}

interface PodSpec {
  readonly containers?: readonly Container[]
  readonly initContainers?: readonly Container[]
  readonly automountServiceAccountToken?: boolean
  readonly hostNetwork?: boolean
  readonly hostPID?: boolean
  readonly securityContext?: { readonly runAsNonRoot?: boolean; readonly seccompProfile?: { readonly type?: string } }
  readonly terminationGracePeriodSeconds?: number
  readonly volumes?: readonly { readonly name: string; readonly hostPath?: unknown }[]
}

interface Container {
  readonly name: string
  readonly image: string
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[]
  readonly securityContext?: {
    readonly allowPrivilegeEscalation?: boolean
    readonly readOnlyRootFilesystem?: boolean
    readonly privileged?: boolean
    readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] }
  }
  readonly resources?: {
    readonly requests?: Readonly<Record<string, unknown>>
    readonly limits?: Readonly<Record<string, unknown>>
  }
  readonly livenessProbe?: unknown
  readonly readinessProbe?: unknown
  readonly startupProbe?: unknown
}

/** A service finishes what it has in hand within SHUTDOWN_DEADLINE_MS (25 s); the pod must be given longer. */
const DRAIN_SECONDS = 25
const SECRET_NAME = /SECRET|TOKEN|PASSWORD|_KEYS$/

/**
 * What no object of the chart may do: the restricted pod security standard (https://kubernetes.io/docs/concepts/security/pod-security-standards/),
 * requests and a memory limit, probes, time to drain, no secret in plain sight. Answers one sentence a finding.
 */
export function violations(object: KubeObject): string[] {
  const { spec } = object
  const pod = object.kind === 'Pod' ? spec : (spec?.template ?? spec?.jobTemplate?.spec?.template)?.spec
  if (pod?.containers === undefined) return []
  const isLong = object.kind === 'Deployment' || object.kind === 'StatefulSet'
  const found = [
    ...podViolations(pod, isLong),
    ...pod.containers.flatMap((container) => containerViolations(container, isLong)),
  ]
  return found.map((text) => `${object.kind} ${object.metadata.name}: ${text}`)
}

function podViolations(pod: PodSpec, isLong: boolean): string[] {
  const rules: readonly (readonly [boolean, string])[] = [
    [pod.securityContext?.runAsNonRoot === true, 'runs as root (securityContext.runAsNonRoot)'],
    [pod.securityContext?.seccompProfile?.type === 'RuntimeDefault', 'has no seccomp profile RuntimeDefault'],
    [pod.automountServiceAccountToken === false, 'mounts a service account token'],
    [pod.hostNetwork !== true && pod.hostPID !== true, 'shares the host’s network or processes'],
    [pod.volumes?.every(({ hostPath }) => hostPath === undefined) ?? true, 'mounts a path of the host'],
    [
      !isLong || (pod.terminationGracePeriodSeconds ?? 30) > DRAIN_SECONDS,
      `is killed before it has drained (${DRAIN_SECONDS} s)`,
    ],
  ]
  return rules.filter(([holds]) => !holds).map(([, text]) => text)
}

function containerViolations(container: Container, isLong: boolean): string[] {
  const { securityContext: security = {}, resources = {}, env = [] } = container
  const rules: readonly (readonly [boolean, string])[] = [
    [security.allowPrivilegeEscalation === false, 'may gain privileges'],
    [security.privileged !== true, 'is privileged'],
    [security.readOnlyRootFilesystem === true, 'may write to its image'],
    [security.capabilities?.drop?.includes('ALL') === true, 'keeps capabilities'],
    [(security.capabilities?.add ?? []).length === 0, 'adds capabilities'],
    [resources.requests?.cpu !== undefined && resources.requests.memory !== undefined, 'requests no cpu or memory'],
    [resources.limits?.memory !== undefined, 'has no memory limit'],
    [!/:latest$|^[^:]+$/.test(container.image), `has an image without a version (${container.image})`],
    [!isLong || container.livenessProbe !== undefined, 'has no liveness probe'],
    [!isLong || container.readinessProbe !== undefined, 'has no readiness probe'],
    [!isLong || container.startupProbe !== undefined, 'has no startup probe'],
  ]
  const plain = env.filter(({ name, value }) => SECRET_NAME.test(name) && value !== undefined)
  return [
    ...rules.filter(([holds]) => !holds).map(([, text]) => `container ${container.name} ${text}`),
    ...plain.map(({ name }) => `container ${container.name} has ${name} in plain sight`),
  ]
}
