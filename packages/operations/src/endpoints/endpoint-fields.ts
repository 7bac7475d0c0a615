import {
  extraHeaderProblem,
  isEventTypePattern,
  MAX_EXTRA_HEADERS,
  messageChannels,
  mustBe,
  parsePayloadPattern,
} from '@millrace/domain'
import { z } from 'zod'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** The rules of an endpoint's fields, for whoever reads them from words. Times are milliseconds. */
export const endpointBounds = {
  /** Deliveries are kept for 7 days; what waits longer would be lost. */
  longestGiveUpMs: 72 * HOUR_MS,
  retries: 50,
  retryDelayMs: { min: 1_000, max: DAY_MS },
  timeoutMs: { min: 1_000, max: 300_000 },
  inFlight: 1_000,
  perMinute: 1_000_000,
  words: 100,
  /** A secret of a rotation is kept this long at most after it was replaced. */
  overlapMs: 7 * DAY_MS,
} as const

export const inboxPattern = /^inb_\w+$/
export const conversationPattern = /^\S{1,256}$/
export const tenantPattern = /^[A-Za-z0-9._-]{1,100}$/

const text = (what: string) => z.string({ error: mustBe(what) })
const listOf = <T extends z.ZodType>(item: T) =>
  z.array(item, { error: mustBe(`a list of at most ${endpointBounds.words}`) }).max(endpointBounds.words, {
    error: `must be a list of at most ${endpointBounds.words}`,
  })

/** 0 stands for the default. */
function span(min: number, max: number) {
  const rule = `must be 0 (the default) or ${min} to ${max} milliseconds`
  return z.int({ error: rule }).refine((ms) => ms === 0 || (ms >= min && ms <= max), { error: rule })
}

function count(max: number) {
  const rule = `must be 0 (the default) or a whole number up to ${max}`
  return z.int({ error: rule }).min(0, { error: rule }).max(max, { error: rule })
}

const pattern = z.string({ error: mustBe('a pattern as JSON text, or null') }).superRefine((value, context) => {
  const parsed = parsePayloadPattern(value)
  if (!parsed.ok)
    context.addIssue({
      code: 'custom',
      message: `${parsed.path === '' ? 'the pattern' : parsed.path} breaks the rule: it ${parsed.rule}`,
    })
})

const headers = z
  .record(z.string(), z.string(), { error: mustBe('an object of header names and values') })
  .superRefine((value, context) => {
    const entries = Object.entries(value)
    if (entries.length > MAX_EXTRA_HEADERS)
      context.addIssue({ code: 'custom', message: `has more than ${MAX_EXTRA_HEADERS} headers` })
    for (const [name, content] of entries) {
      const problem = extraHeaderProblem(name, content)
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
    }
  })

const { retryDelayMs, timeoutMs, longestGiveUpMs } = endpointBounds

const fields = {
  description: text('a text').max(1_000, { error: 'is longer than 1,000 characters' }),
  event_types: listOf(
    text('an event type').refine(isEventTypePattern, { error: 'must be an event type, * or prefix.*' }),
  ).describe('Canonical types, with * or a prefix and .*; empty for those of the message contract.'),
  conversation_id: text('a conversation id')
    .regex(conversationPattern, { error: 'must be a conversation id' })
    .nullable()
    .describe('Only this conversation.'),
  channels: listOf(z.enum(messageChannels, { error: mustBe(messageChannels.join(', ')) })),
  inboxes: listOf(text('an inbox id').regex(inboxPattern, { error: 'must be an inbox id (inb_...)' })),
  tags: listOf(text('a tag').min(1).max(256)),
  payload_filter: pattern
    .nullable()
    .describe('Only payloads that fit this pattern, JSON as text, such as {"data":{"status":["FAILED"]}}.'),
  payload: z.enum(['message', 'event'], { error: mustBe('message or event') }),
  ids: z.enum(['uuid', 'provider'], { error: mustBe('uuid or provider') }),
  is_signed: z.boolean({ error: mustBe('true or false') }),
  headers: headers.describe('Extra request headers in place of those that it has; values are stored encrypted.'),
  order: z.enum(['none', 'conversation'], { error: mustBe('none or conversation') }),
  retry_delays_ms: z
    .array(z.int().min(retryDelayMs.min).max(retryDelayMs.max), { error: mustBe('a list of milliseconds') })
    .max(endpointBounds.retries)
    .describe('Waits between tries; empty for those of its kind.'),
  give_up_after_ms: span(1_000, longestGiveUpMs),
  max_in_flight: count(endpointBounds.inFlight),
  max_per_minute: count(endpointBounds.perMinute),
  timeout_ms: span(timeoutMs.min, timeoutMs.max),
  consent: z
    .enum(['none', 'required'], { error: mustBe('none or required') })
    .describe('With required, the receiver is asked first (CloudEvents OPTIONS).'),
}

const url = text('the URL to post to').min(1).max(2_048, { error: 'is longer than 2,048 characters' })
/** Never named back: a problem's text holds the rule alone. */
const secret = text('a whsec_ or whsk_ secret').describe('A secret of its own choice, whsec_… or whsk_….')
const signature = z
  .enum(['v1', 'v1a', 'both'], { error: mustBe('v1, v1a or both') })
  .describe('Kinds of new secrets: HMAC-SHA256, ed25519, or one of each.')

/** A new endpoint; what is left out has its default. */
export const newEndpointInput = z
  .strictObject({
    url,
    ...z.object(fields).partial().shape,
    secret: secret.optional(),
    signature: signature.optional(),
  })
  .refine((input) => input.secret === undefined || input.signature === undefined, {
    path: ['signature'],
    error: 'must be left out where a secret is given, which has its own kind',
  })
  .meta({ id: 'NewEndpoint' })

/** What is to change of an endpoint; what is left out stays as it is. */
export const endpointChanges = z
  .strictObject({ url: url.optional(), ...z.object(fields).partial().shape })
  .refine((input) => Object.values(input).some((value) => value !== undefined), {
    error: 'must name what is to change',
  })
  .meta({ id: 'EndpointChanges' })

const overlapRule = `must be 0 to ${endpointBounds.overlapMs} milliseconds`

export const rotateInput = z
  .strictObject({
    secret: secret.optional(),
    signature: signature.optional(),
    overlap_ms: z
      .int({ error: overlapRule })
      .min(0, { error: overlapRule })
      .max(endpointBounds.overlapMs, { error: overlapRule })
      .default(DAY_MS)
      .describe('How long the old secret signs too; 0 after a leak. Default 24 h.'),
  })
  .meta({ id: 'RotateEndpoint' })

const name = (what: string) =>
  text(what)
    .regex(/^\S(.{0,254}\S)?$/, { error: `must be ${what} of 1 to 256 characters` })
    .nullish()

/** A conversation config as people write it. */
export const configInput = z
  .strictObject(
    {
      conversation_id: name('a conversation id'),
      channel: z
        .enum(messageChannels, { error: mustBe(`${messageChannels.join(', ')}, or left out for all`) })
        .nullish(),
      usecase: name('a usecase'),
      config: z.strictObject(
        { workflow_id: name('a workflow id'), callback_url: url },
        { error: mustBe('an object {workflow_id, callback_url}') },
      ),
      is_signed: z.boolean({ error: mustBe('true or false') }).optional(),
    },
    { error: mustBe('an object {conversation_id, channel, usecase, config: {workflow_id, callback_url}}') },
  )
  .meta({ id: 'ConversationConfig' })

export type NewEndpointInput = z.input<typeof newEndpointInput>
export type EndpointChanges = z.input<typeof endpointChanges>
export type RotateInput = z.input<typeof rotateInput>
export type ConfigInput = z.input<typeof configInput>
/** What an endpoint's fields are given as; `headers` in the clear. */
export type EndpointFields = Omit<EndpointChanges, 'url'>
