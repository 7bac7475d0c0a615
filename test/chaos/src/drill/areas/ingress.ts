import { setTimeout as sleep } from 'node:timers/promises'
import { FRONT_PATH } from '@millrace/test-support'
import { forge, keepDoing, post, postAsPartner, stopped, webhook, wires } from '../conditions.ts'
import type { Drill } from '../run-drills.ts'

const DAY = 86_400_000
/** The gateway is looked at from outside every 30 s. */
const WITH_A_LOOK_MS = 180_000

export const ingressDrills: readonly Drill[] = [
  {
    alerts: ['MillraceAcceptErrorBudgetBurn', 'MillraceErrorBudgetSpent', 'MillraceKafkaUnreachable'],
    where: { objective: 'accept' },
    condition: 'the brokers are mute, the gateway answers 503',
    make: async (here) => wires(here, (proxy) => proxy.set('response', { mode: 'hold' })),
    stays: { MillraceErrorBudgetSpent: 'looks back for 30 days' },
  },
  {
    alerts: ['MillraceAcknowledgeSlow', 'MillraceResponseTimesDegrading'],
    condition: 'every answer of the brokers comes 1.4 s late',
    make: async (here) => wires(here, (proxy) => proxy.set('response', { delayMs: 1_400 })),
  },
  {
    alerts: ['MillraceVerificationFailures'],
    where: { source: 'front' },
    condition: 'forged webhooks come in among the good ones',
    make: async (here) => forge(here, FRONT_PATH, 2),
  },
  {
    alerts: ['MillraceSourceRefusedWhole'],
    where: { source: 'partner' },
    condition: 'a source was well, and now all that comes for it is forged',
    make: async (here) => {
      for (let nth = 0; nth < 3; nth++) {
        await postAsPartner(here)
        await sleep(3_000)
      }
      return forge(here, here.sources.partnerPath, 4)
    },
  },
  {
    alerts: ['MillraceSenderRetrySpike'],
    condition: 'a sender repeats one webhook again and again',
    make: async (here) => {
      const body = webhook({ app: 'conversation_archived', api: 'archive' })
      return keepDoing(20, () => post(here, body))
    },
  },
  {
    alerts: ['MillraceTypeMixUnusual'],
    where: { source: 'front' },
    condition: 'four of five webhooks are of one type',
    make: async (here) => keepDoing(15, () => post(here, webhook({ app: 'conversation_archived', api: 'archive' }))),
  },
  {
    alerts: ['MillraceSecretExpiring'],
    where: { source: 'partner' },
    condition: 'the only secret of a source ends tomorrow',
    make: async ({ sources }) => {
      sources.write(Date.now() + DAY)
      return () => sources.write()
    },
  },
  {
    alerts: ['MillraceSourcesFileRefused'],
    condition: 'the sources file names a provider that is not there',
    make: async ({ sources }) => {
      sources.break()
      return () => sources.write()
    },
  },
  {
    alerts: ['MillraceFrontWebhookDisabled'],
    condition: 'Front sends no webhook any more, and its list of events grows',
    make: async ({ deployment }) => {
      const { webhooks } = deployment.system.front
      webhooks.trouble({ isDown: true })
      return () => webhooks.trouble({})
    },
  },
  {
    alerts: ['MillraceNoWebhooks', 'MillraceRateUnusual'],
    where: { source: 'front' },
    condition: 'nobody sends anything',
    make: async ({ load }) => {
      await load.pause()
      return () => load.resume()
    },
  },
  {
    alerts: ['MillraceGatewayUnreachable'],
    condition: 'the gateway is stopped',
    make: (here) => stopped(here, 'gateway'),
    withinMs: WITH_A_LOOK_MS,
  },
  {
    alerts: ['MillraceCertificateExpiring'],
    condition: 'the certificate before the gateway ends tomorrow',
    make: async ({ edge }) => {
      edge.expire(true)
      return () => edge.expire(false)
    },
    withinMs: WITH_A_LOOK_MS,
  },
]
