import { expect, test } from 'vitest'
import { type KubeObject, violations } from '../src/policy.ts'

const container = {
  name: 'a',
  image: 'millrace/a:1.0.0',
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  },
  resources: { requests: { cpu: '1', memory: '1' }, limits: { memory: '1' } },
  livenessProbe: {},
  readinessProbe: {},
  startupProbe: {},
}
const pod = {
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  terminationGracePeriodSeconds: 40,
  containers: [container],
}
const deployment = (changed: object = {}, changedContainer: object = {}): KubeObject => ({
  kind: 'Deployment',
  metadata: { name: 'a' },
  spec: { template: { spec: { ...pod, containers: [{ ...container, ...changedContainer }], ...changed } } },
})

test('a pod that may do nothing but run has no finding', () => {
  expect(violations(deployment())).toEqual([])
})

test.for([
  [{ securityContext: {} }, {}, 'runs as root'],
  [{ automountServiceAccountToken: undefined }, {}, 'mounts a service account token'],
  [{ hostNetwork: true }, {}, 'host’s network'],
  [{ volumes: [{ name: 'v', hostPath: { path: '/' } }] }, {}, 'path of the host'],
  [{ terminationGracePeriodSeconds: 25 }, {}, 'before it has drained'],
  [{}, { securityContext: {} }, 'may write to its image'],
  [{}, { resources: { requests: { cpu: '1', memory: '1' } } }, 'no memory limit'],
  [{}, { resources: { limits: { memory: '1' } } }, 'requests no cpu or memory'],
  [{}, { readinessProbe: undefined }, 'no readiness probe'],
  [{}, { image: 'millrace/a' }, 'image without a version'],
  [{}, { image: 'millrace/a:latest' }, 'image without a version'],
  [{}, { env: [{ name: 'WEBHOOK_SECRET', value: 'x' }] }, 'WEBHOOK_SECRET in plain sight'],
] as const)('%j %j: %s', ([changed, changedContainer, finding]) => {
  expect(violations(deployment(changed, changedContainer)).join('\n')).toContain(finding)
})
