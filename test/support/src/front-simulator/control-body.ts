import type { FastifyReply, FastifyRequest } from 'fastify'

interface Field {
  readonly is: (value: unknown) => boolean
  /** What `is` holds for: "a whole number from 0 on". */
  readonly rule: string
  readonly isRequired?: true
}

export type Fields = Readonly<Record<string, Field>>

export const part: Field = { is: (value) => isNumber(value) && value >= 0 && value <= 1, rule: 'a number from 0 to 1' }
export const amount: Field = { is: (value) => isNumber(value) && value >= 0, rule: 'a number from 0 on' }
export const flag: Field = { is: (value) => typeof value === 'boolean', rule: 'true or false' }
export const text: Field = {
  is: (value) => typeof value === 'string' && value !== '',
  rule: 'a text that is not empty',
}
export const texts: Field = {
  is: (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
  rule: 'a list of texts',
}

export function oneOf(...values: readonly string[]): Field {
  return { is: (value) => values.includes(value as string), rule: values.join(' or ') }
}

export function required(field: Field): Field {
  return { ...field, isRequired: true }
}

/** Answers 400 with every field that is missing, not known or against its rule, else what `handle` does. */
export function taking<T>(fields: Fields, handle: (body: T, reply: FastifyReply) => unknown) {
  return (request: FastifyRequest, reply: FastifyReply): unknown => {
    const problems = problemsOf(request.body, fields)
    if (problems.length > 0) return reply.code(400).send({ problem: problems.join('; ') })
    return handle(request.body as T, reply)
  }
}

function problemsOf(body: unknown, fields: Fields): string[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return ['the body must be a JSON object']
  const given = new Map(Object.entries(body))
  const known = Object.keys(fields)
  const strange = [...given.keys()].filter((name) => !known.includes(name))
  const wrong = Object.entries(fields).filter(([name, { is, isRequired }]) =>
    given.has(name) ? !is(given.get(name)) : isRequired,
  )
  return [
    ...strange.map((name) => `${name} is not known; there are ${known.join(', ')}`),
    ...wrong.map(([name, { rule }]) => `${name} must be ${rule}`),
  ]
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
