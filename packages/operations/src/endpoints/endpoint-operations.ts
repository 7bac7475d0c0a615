import { newEndpoint, problemsOf, sealedFor, uuidv5, uuidv7 } from '@millrace/domain'
import type { Endpoint } from '@millrace/schemas'
import type { Targets } from '@millrace/service-kit'
import { type SecretKeys, SigningError, seal } from '@millrace/signing'
import type { z } from 'zod'
import { OperationsError } from '../errors.ts'
import {
  type ConfigInput,
  configInput,
  type EndpointChanges,
  type EndpointFields,
  endpointChanges,
  type NewEndpointInput,
  newEndpointInput,
  type RotateInput,
  rotateInput,
} from './endpoint-fields.ts'
import { type EndpointRef, endpointIn, keyOf } from './endpoint-records.ts'
import {
  checkedSecret,
  forReceivers,
  kindsOf,
  newSecretOf,
  resealed,
  rotated,
  type SecretKind,
  sealedSecret,
} from './endpoint-secrets.ts'
import type { EndpointStore } from './endpoint-store.ts'
import { judgeUrl } from './endpoint-url.ts'
import { type EndpointView, viewOf } from './endpoint-view.ts'
import { unknownTypes } from './unknown-types.ts'

/** An endpoint after a change, with what is said only now. */
export interface Changed {
  readonly endpoint: EndpointView
  /** New `whsec_` secrets: never shown again. */
  readonly secrets: readonly string[]
  /** Of new ed25519 keys, with which receivers verify. */
  readonly public_keys: readonly string[]
  /** What is taken and more often a slip than a plan, in words. */
  readonly notes: readonly string[]
}

export interface Rotated extends Changed {
  /** Until when the old secrets sign too, epoch milliseconds; null when they have ended. */
  readonly old_signs_until: number | null
}

/** What became of the change of the key that endpoints' secrets are encrypted with. */
export interface Resealed {
  /** Id of the key that all are encrypted with now. */
  readonly key_id: string
  /** Encrypted anew, or to be. */
  readonly written: number
  readonly current: number
  /** What none of the keys opens; it is left as it is. */
  readonly failed: readonly { readonly tenant: string; readonly endpoint_id: string; readonly reason: string }[]
}

/** What changes endpoints. Each throws OperationsError `MR_OPERATIONS_INPUT` with every wrong field, `MR_OPERATIONS_NOT_FOUND`, and what the store throws. */
export interface EndpointOperations {
  add(tenant: string, input: NewEndpointInput): Promise<Changed>
  /** What is on its way goes by the new settings too, since each try reads the endpoint as it is. */
  update(ref: EndpointRef, changes: EndpointChanges): Promise<Changed>
  /** While both sign, a receiver changes its secret without losing a delivery. */
  rotate(ref: EndpointRef, input: RotateInput): Promise<Rotated>
  /** Writes it anew even when it is enabled: that ends what the service disabled by itself (410, only failures). */
  enable(ref: EndpointRef): Promise<Changed>
  /** It gets nothing, and what waits for it is dropped. Never waits for approval. */
  disable(ref: EndpointRef): Promise<Changed>
  remove(ref: EndpointRef): Promise<void>
  /** The same conversation, channel and usecase are the same config, so setting it again replaces it and keeps its secret. */
  setConfigs(tenant: string, configs: readonly ConfigInput[]): Promise<Changed[]>
  /** Encrypts the secrets and headers of every tenant's endpoints anew with the current key; with `isDryRun` it only counts. */
  reseal(isDryRun: boolean): Promise<Resealed>
}

export interface EndpointParts {
  readonly store: EndpointStore
  readonly targets: Targets
  /** @throws OperationsError `MR_OPERATIONS_NO_KEYS` where none are configured */
  readonly keys: () => SecretKeys
}

/** Namespace of the ids of configs; fixed, since a config is found again by its id. */
const CONFIG_NAMESPACE = 'c3c6b8a4-6c0d-5b1e-9a57-2f1d8f0e4b7a'
export const MAX_CONFIGS_AT_ONCE = 1_000

/** Writes the topics itself. */
export function endpointOperations(parts: EndpointParts): EndpointOperations {
  const { store, targets, keys } = parts
  const inTurn = turns()
  /** Sorted, so that no two wait for each other. */
  const inTurns = <T>(ids: readonly string[], work: () => Promise<T>): Promise<T> =>
    [...new Set(ids)].sort().reduceRight((inner, id) => () => inTurn(id, inner), work)()

  const find = async (ref: EndpointRef): Promise<Endpoint> => endpointIn(await store.all(), ref)
  const save = async (endpoint: Endpoint, more: Partial<Changed> = {}): Promise<Changed> => {
    await store.write(endpoint)
    const view = viewOf(endpoint, new Map(), endpoint.updated_at)
    return { endpoint: view, secrets: [], public_keys: [], notes: [], ...more }
  }
  const change = (ref: EndpointRef, how: (endpoint: Endpoint, now: number) => Endpoint | Promise<Endpoint>) =>
    inTurn(ref.id, async () => {
      const endpoint = await find(ref)
      return await save(await how(endpoint, laterThan(endpoint)))
    })

  return {
    async add(tenant, given) {
      const { url: text, secret, signature, headers, ...fields } = checked(newEndpointInput, given)
      const secrets = secretsOf({ secret, signature }, fields.is_signed !== false)
      const url = await judgeUrl(text, targets)
      const plain = newEndpoint({ tenant, endpoint_id: `ep_${uuidv7()}`, url: url.href }, Date.now())
      const endpoint: Endpoint = {
        ...plain,
        ...storedFields(fields),
        ...(headers === undefined ? {} : { sealed_headers: sealedHeaders(plain, headers, keys()) }),
        secrets: secrets.map((one) => sealedSecret(plain, one, keys(), plain.created_at)),
      }
      return await save(endpoint, { ...forReceivers(secrets), notes: notesOf(endpoint, url.note) })
    },
    async update(ref, given) {
      const { url: text, headers, ...fields } = checked(endpointChanges, given)
      const url = text === undefined ? undefined : await judgeUrl(text, targets)
      const changed = await change(ref, (endpoint, now) => {
        checkKind(endpoint, { ...fields, url: text })
        const next = { ...endpoint, ...storedFields(fields), url: url?.href ?? endpoint.url, updated_at: now }
        if (headers !== undefined) next.sealed_headers = sealedHeaders(endpoint, headers, keys())
        if (next.is_signed && next.secrets.length === 0)
          throw new OperationsError(
            'MR_OPERATIONS_CONFLICT',
            'it has no secret to sign with: millrace endpoints rotate ID makes one',
          )
        return next
      })
      return { ...changed, notes: notesOf(changed.endpoint, url?.note) }
    },
    rotate: (ref, given) =>
      inTurn(ref.id, async () => {
        const { overlap_ms, ...wanted } = checked(rotateInput, given)
        const endpoint = await find(ref)
        const now = laterThan(endpoint)
        const made = wanted.secret === undefined ? renewed(endpoint, wanted.signature) : [checkedSecret(wanted.secret)]
        const secrets = made.reduce(
          (before, secret) => rotated(before, sealedSecret(endpoint, secret, keys(), now), overlap_ms),
          endpoint.secrets,
        )
        const changed = await save({ ...endpoint, secrets, updated_at: now }, forReceivers(made))
        return { ...changed, old_signs_until: overlap_ms > 0 ? now + overlap_ms : null }
      }),
    enable: (ref) => change(ref, (endpoint, now) => ({ ...endpoint, is_enabled: true, updated_at: now })),
    disable: (ref) => change(ref, (endpoint, now) => ({ ...endpoint, is_enabled: false, updated_at: now })),
    remove: (ref) => inTurn(ref.id, async () => await store.erase(await find(ref))),
    async setConfigs(tenant, given) {
      if (given.length > MAX_CONFIGS_AT_ONCE)
        throw new OperationsError('MR_OPERATIONS_INPUT', `at most ${MAX_CONFIGS_AT_ONCE} configs at once`)
      const configs = given.map((one, place) => checked(configInput, one, `/${place}`))
      const urls = await Promise.all(
        configs.map(({ config }, place) => judgeUrl(config.callback_url, targets, `/${place}/config/callback_url`)),
      )
      const ids = configs.map((config) => configId(tenant, config))
      return await inTurns(ids, async () => {
        const known = new Map(await store.all())
        const changed: Changed[] = []
        for (const [place, config] of configs.entries()) {
          const url = urls[place]
          if (url === undefined) continue
          const plain = configEndpoint(tenant, config, url.href, known)
          const secrets = plain.secrets.length > 0 || !plain.is_signed ? [] : [newSecretOf('v1')]
          const added = secrets.map((secret) => sealedSecret(plain, secret, keys(), plain.updated_at))
          const endpoint = { ...plain, secrets: [...plain.secrets, ...added] }
          known.set(keyOf(endpoint), endpoint)
          changed.push(await save(endpoint, { ...forReceivers(secrets), notes: notesOf(endpoint, url.note) }))
        }
        return changed
      })
    },
    async reseal(isDryRun) {
      const secretKeys = keys()
      let [written, current] = [0, 0]
      const failed: Resealed['failed'][number][] = []
      for (const { tenant, endpoint_id } of (await store.all()).values()) {
        const outcome = await inTurn(endpoint_id, async () => {
          const anew = tryToReseal(await find({ tenant, id: endpoint_id }), secretKeys)
          if (typeof anew === 'object' && !isDryRun) await store.write(anew)
          return anew
        })
        if (outcome === undefined) current++
        else if (typeof outcome === 'object') written++
        else failed.push({ tenant, endpoint_id, reason: outcome })
      }
      return { key_id: secretKeys.currentId, written, current, failed }
    },
  }
}

/** The endpoint with everything encrypted anew; undefined when it is already; as a text why it cannot be. */
function tryToReseal(endpoint: Endpoint, keys: SecretKeys): Endpoint | undefined | string {
  try {
    return resealed(endpoint, keys)
  } catch (error) {
    if (error instanceof SigningError) return error.message
    throw error
  }
}

/** Changes of one endpoint come one after the other, so that none is lost to another. */
function turns() {
  const last = new Map<string, Promise<unknown>>()
  return async <T>(id: string, work: () => Promise<T>): Promise<T> => {
    const before = last.get(id)
    const mine = (before ?? Promise.resolve()).catch(() => {}).then(work)
    last.set(id, mine)
    try {
      return await mine
    } finally {
      if (last.get(id) === mine) last.delete(id)
    }
  }
}

/** A change counts by its time, so none has the time of the one before. */
function laterThan({ updated_at }: Endpoint): number {
  return Math.max(Date.now(), updated_at + 1)
}

function checked<S extends z.ZodType>(schema: S, input: unknown, place = ''): z.output<S> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const problems = problemsOf(schema, input).map(({ pointer, detail }) => ({ pointer: `${place}${pointer}`, detail }))
  const text = problems.map(({ pointer, detail }) => `${pointer === '' ? 'the input' : pointer} ${detail}`).join('; ')
  throw new OperationsError('MR_OPERATIONS_INPUT', text, { problems })
}

/** As they stand in the record; a pattern in its shortest form. */
function storedFields({ headers: _, payload_filter, ...fields }: EndpointFields): Partial<Endpoint> {
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  if (payload_filter === undefined) return given
  return { ...given, payload_filter: payload_filter === null ? null : JSON.stringify(JSON.parse(payload_filter)) }
}

/** By name in lower case, each value encrypted for this endpoint and this name. */
function sealedHeaders(
  endpoint: Pick<Endpoint, 'tenant' | 'endpoint_id'>,
  headers: Readonly<Record<string, string>>,
  keys: SecretKeys,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const lower = name.toLowerCase()
      return [lower, seal(value, keys, sealedFor(endpoint, `header:${lower}`))]
    }),
  )
}

type Wanted = Pick<NewEndpointInput, 'secret' | 'signature'>

function secretsOf({ secret, signature }: Wanted, isSigned: boolean): readonly string[] {
  if (secret !== undefined) return [checkedSecret(secret)]
  if (!isSigned && signature === undefined) return []
  return kindsOf(signature).map(newSecretOf)
}

/** New ones of the kinds that it has, or of those named. */
function renewed({ secrets }: Endpoint, signature: Wanted['signature']): string[] {
  const present = new Set<SecretKind>(secrets.flatMap(({ kind, not_after }) => (not_after === null ? [kind] : [])))
  const kinds = signature === undefined && present.size > 0 ? [...present] : kindsOf(signature)
  return kinds.map(newSecretOf)
}

function notesOf(endpoint: Pick<Endpoint, 'event_types'>, urlNote: string | undefined): string[] {
  const unknown = unknownTypes(endpoint).map(
    (type) => `${type} matches no known event type; it will be sent nothing unless such events come`,
  )
  return urlNote === undefined ? unknown : [urlNote, ...unknown]
}

/** A config is found again by its conversation, usecase and channel, and its callback_url is never asked for consent; a response was approved for its URL. */
function checkKind({ kind }: Endpoint, changes: EndpointChanges): void {
  if (kind === 'response' && changes.url !== undefined)
    throw new OperationsError('MR_OPERATIONS_CONFLICT', 'what was approved was approved for this URL alone')
  if (kind !== 'config') return
  for (const field of ['conversation_id', 'channels'] as const)
    if (changes[field] !== undefined)
      throw new OperationsError('MR_OPERATIONS_CONFLICT', `${field} makes it another config: set that one instead`)
  if (changes.consent === 'required')
    throw new OperationsError('MR_OPERATIONS_CONFLICT', 'the callback_url of a config is never asked for consent')
}

/** The id of a config's endpoint: the same for the same conversation, usecase and channel. */
export function configId(
  tenant: string,
  { conversation_id = null, channel = null, usecase = null }: Omit<ConfigInput, 'config'>,
): string {
  const names = JSON.stringify([tenant, conversation_id, channel, usecase?.toLowerCase() ?? null])
  return `cfg_${uuidv5(CONFIG_NAMESPACE, names)}`
}

function configEndpoint(
  tenant: string,
  { conversation_id = null, channel = null, usecase = null, config, is_signed }: z.output<typeof configInput>,
  url: string,
  known: ReadonlyMap<string, Endpoint>,
): Endpoint {
  const endpoint_id = configId(tenant, { conversation_id, channel, usecase })
  const before = known.get(keyOf({ tenant, endpoint_id }))
  const plain = before ?? newEndpoint({ tenant, endpoint_id, url }, Date.now())
  return {
    ...plain,
    kind: 'config',
    url,
    conversation_id,
    usecase,
    channels: channel === null ? [] : [channel],
    workflow_id: config.workflow_id ?? null,
    is_signed: is_signed ?? plain.is_signed,
    is_enabled: true,
    updated_at: before === undefined ? plain.updated_at : laterThan(before),
  }
}
