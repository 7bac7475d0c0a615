import { type Handshake, providerNamed, type Scheme, type Secret, schemesOf } from '@millrace/signing'
import type { apiTokenSettings, sourceSettings, webhookSecretSettings } from './common-settings.ts'
import type { SettingValues } from './settings.ts'

/** What a synchronous source's bodies may be held to, by the names that the sources file uses. */
export const contracts = ['client-task'] as const

export type Contract = (typeof contracts)[number]

/** Where Make's scenario posts a client's task and waits for the graph. */
export const CLIENT_TASK_PATH = '/api/webhook/make.com/chatgpt-clients'

/** One configured sender. */
export interface Source {
  readonly name: string
  readonly tenant: string
  readonly account: string
  readonly provider: string
  /** HTTP path at which it posts. */
  readonly path: string
  /** Ways to prove that a request is its own, with the source's tolerance. */
  readonly schemes: readonly Scheme[]
  /** Empty: every request is refused. */
  readonly secrets: readonly Secret[]
  /** What identifies an event where the provider gives no signed id: a path in the body, or `header:<name>`. */
  readonly eventIdField?: string | undefined
  /** Where the provider's word for the kind of event stands, written alike; by the general rules when absent. */
  readonly eventTypeField?: string | undefined
  /** Questions that its provider asks about the address itself. */
  readonly handshakes?: readonly Handshake[] | undefined
  /** True: the answer to the request is what was made of the event. */
  readonly isSynchronous: boolean
  /** What its bodies are held to before anything is stored; absent: any JSON. Only of a synchronous source. */
  readonly contract?: Contract | undefined
  /** Addresses and CIDR ranges (IPv4, IPv6) from which it may post; from anywhere when absent. */
  readonly allowedAddresses?: readonly string[] | undefined
  readonly maxBodyBytes: number
  readonly rateLimitPerMinute: number
  /** How far a signed time may lie from now, in both directions. */
  readonly toleranceMs: number
  /** False: its requests get 503 and nothing of them is stored. On when absent. */
  readonly isEnabled?: boolean | undefined
}

/** What all sources of one owner share. */
export interface Tenant {
  readonly name: string
  /** Requests a minute of all its sources together; no limit of its own when absent. */
  readonly rateLimitPerMinute?: number | undefined
  /** Days, at least 7, after which what happened is gone where that is sooner than for everybody. */
  readonly retentionDays?: number | undefined
}

/** An OAuth client of the provider's API. */
export interface OAuthClient {
  readonly clientId: string
  readonly clientSecret: string
  /** Where tokens are had and refreshed. */
  readonly tokenUrl: string
  /** Of the authorisation with which tokens begin; without it the API is not called. */
  readonly refreshToken?: string | undefined
}

/** The provider's company behind sources. */
export interface Account {
  readonly tenant: string
  readonly name: string
  readonly provider: string
  /** This or `oauth`, or neither: then its API is not called. */
  readonly apiToken?: string | undefined
  readonly oauth?: OAuthClient | undefined
  readonly baseUrl: string
  /** The plan's calls a minute, for all of our processes together. */
  readonly callsPerMinute: number
  /** Country (ISO 3166, two capitals) whose national phone numbers, dollars and order of dates its texts mean; nothing is assumed when absent. */
  readonly country?: string | undefined
  /** IANA time zone in which its texts count days; UTC when absent. */
  readonly timeZone?: string | undefined
}

export interface Sources {
  readonly sources: readonly Source[]
  readonly accounts: readonly Account[]
  readonly tenants: readonly Tenant[]
}

/** Secrets as far as the service reads them. */
export type SourceValues = SettingValues<typeof sourceSettings> &
  Partial<SettingValues<typeof webhookSecretSettings> & SettingValues<typeof apiTokenSettings>>

export const sourceDefaults = {
  maxBodyBytes: 1_048_576,
  rateLimitPerMinute: 6_000,
  toleranceMs: 300_000,
  /** Front's lowest plan: https://dev.frontapp.com/docs/rate-limiting */
  callsPerMinute: 50,
  frontBaseUrl: 'https://api2.frontapp.com',
} as const

/** One Front and one Make source of tenant `default`, whose account bears the tenant's name. */
export function defaultSources(settings: SourceValues): Sources {
  const common = {
    tenant: 'default',
    account: 'default',
    maxBodyBytes: sourceDefaults.maxBodyBytes,
    rateLimitPerMinute: sourceDefaults.rateLimitPerMinute,
    toleranceMs: sourceDefaults.toleranceMs,
  }
  const front: Source = {
    ...common,
    name: 'front',
    provider: 'front',
    path: '/api/webhooks/front',
    schemes: schemesOf('front', ['app', 'rule', 'plain']),
    handshakes: providerNamed('front').handshakes,
    secrets: [
      ...secret('webhook', settings.webhookSecret, ['app', 'plain']),
      ...secret('rule', settings.frontRuleSecret ?? settings.webhookSecret, ['rule']),
    ],
    isSynchronous: false,
  }
  const make: Source = {
    ...common,
    name: 'make-chatgpt-clients',
    provider: 'make',
    path: CLIENT_TASK_PATH,
    schemes: schemesOf('make'),
    handshakes: providerNamed('make').handshakes,
    secrets: secret('make', settings.makeWebhookSecret),
    isSynchronous: true,
    contract: 'client-task',
  }
  const account: Account = {
    tenant: 'default',
    name: 'default',
    provider: 'front',
    apiToken: settings.frontApiToken,
    baseUrl: settings.frontApiBaseUrl,
    callsPerMinute: settings.frontCallsPerMinute,
    country: settings.country,
    timeZone: settings.timeZone,
  }
  return { sources: [front, make], accounts: [account], tenants: [{ name: 'default' }] }
}

function secret(id: string, value: string | undefined, schemes?: readonly string[]): readonly Secret[] {
  if (value === undefined) return []
  return [{ id, secret: value, ...(schemes === undefined ? {} : { schemes }) }]
}
