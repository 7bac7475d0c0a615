import { asObject, at } from './json.ts'

/**
 * A pattern for JSON, in the manner of Amazon EventBridge's event patterns (docs.aws.amazon.com/eventbridge, "event patterns"): an object names
 * fields, all of which must fit; an array lists what a field's value may be, one of which must fit. No expressions and no regular expressions, so the
 * work is bounded by pattern and payload.
 */
export type PayloadPattern = (payload: unknown) => boolean

export type ParsedPattern =
  | { readonly ok: true; readonly matches: PayloadPattern }
  | { readonly ok: false; readonly path: string; readonly rule: string }

export const MAX_PATTERN_BYTES = 8_192
const MAX_DEPTH = 10
const MAX_RULES = 200

type Test = (value: unknown) => boolean
type Scalar = string | number | boolean | null

class PatternProblem extends Error {
  readonly path: string

  constructor(path: string, rule: string) {
    super(rule)
    this.path = path
  }
}

/** Reads a pattern's JSON. Never throws: a bad one is answered with the place (`data.status`, empty for the whole) and the rule it breaks. */
export function parsePayloadPattern(text: string): ParsedPattern {
  try {
    if (Buffer.byteLength(text) > MAX_PATTERN_BYTES)
      throw new PatternProblem('', `has at most ${MAX_PATTERN_BYTES} bytes`)
    const budget = { rules: MAX_RULES }
    return { ok: true, matches: objectPattern(parsed(text), '', MAX_DEPTH, budget) }
  } catch (error) {
    if (error instanceof PatternProblem) return { ok: false, path: error.path, rule: error.message }
    throw error
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new PatternProblem('', 'is JSON')
  }
}

function objectPattern(value: unknown, path: string, depth: number, budget: { rules: number }): Test {
  const object = asObject(value)
  if (object === null) throw new PatternProblem(path, 'is an object of fields, or an array of values and rules')
  if (depth === 0) throw new PatternProblem(path, `is at most ${MAX_DEPTH} objects deep`)
  const entries = Object.entries(object)
  if (entries.length === 0) throw new PatternProblem(path, 'names at least one field')
  const tests = entries.map(([name, child]): Test => {
    const place = path === '' ? name : `${path}.${name}`
    if (name === '$or') return eitherOf(child, place, depth, budget)
    const test = Array.isArray(child)
      ? leafPattern(child, place, budget)
      : inAny(objectPattern(child, place, depth - 1, budget))
    return (payload) => test(at(payload, name))
  })
  return (payload) => tests.every((test) => test(payload))
}

function eitherOf(value: unknown, path: string, depth: number, budget: { rules: number }): Test {
  if (!Array.isArray(value) || value.length === 0) throw new PatternProblem(path, 'is an array of patterns')
  const tests = value.map((child, place) => objectPattern(child, `${path}.${place}`, depth - 1, budget))
  return (payload) => tests.some((test) => test(payload))
}

/** A field that holds a list fits when one of its items does. */
function inAny(test: Test): Test {
  return (value) => (Array.isArray(value) ? value.some(test) : test(value))
}

function leafPattern(choices: readonly unknown[], path: string, budget: { rules: number }): Test {
  if (choices.length === 0) throw new PatternProblem(path, 'lists at least one value or rule')
  budget.rules -= choices.length
  if (budget.rules < 0) throw new PatternProblem(path, `is in a pattern of at most ${MAX_RULES} values and rules`)
  const tests = choices.map((choice) => choiceTest(choice, path))
  return (value) => tests.some((test) => test(value))
}

function choiceTest(choice: unknown, path: string): Test {
  if (isScalar(choice)) return inAny((value) => value === choice)
  const rule = asObject(choice)
  const [name, ...more] = Object.keys(rule ?? {})
  const make = name === undefined || more.length > 0 || !Object.hasOwn(rules, name) ? undefined : rules[name]
  if (rule === null || name === undefined || make === undefined)
    throw new PatternProblem(path, `has values, and rules with one of ${Object.keys(rules).join(', ')}`)
  const test = make(rule[name])
  if (test === undefined) throw new PatternProblem(path, `${name} takes ${taken[name] ?? 'another value'}`)
  return test
}

/** Each gives undefined for an argument that it does not take. */
const rules: Readonly<Record<string, (argument: unknown) => Test | undefined>> = {
  prefix: ofText((value, wanted) => value.startsWith(wanted)),
  suffix: ofText((value, wanted) => value.endsWith(wanted)),
  contains: ofText((value, wanted) => value.includes(wanted)),
  'equals-ignore-case': ofText((value, wanted) => value.toLowerCase() === wanted.toLowerCase()),
  'anything-but': (argument) => {
    const unwanted = Array.isArray(argument) ? argument : [argument]
    if (unwanted.length === 0 || !unwanted.every(isScalar)) return undefined
    const isUnwanted = inAny((value) => unwanted.includes(value as Scalar))
    return (value) => value !== undefined && !isUnwanted(value)
  },
  exists: (argument) => (typeof argument === 'boolean' ? (value) => (value !== undefined) === argument : undefined),
  numeric: numericRule,
}

const taken: Readonly<Record<string, string>> = {
  prefix: 'a text',
  suffix: 'a text',
  contains: 'a text',
  'equals-ignore-case': 'a text',
  'anything-but': 'a value or a list of values',
  exists: 'true or false',
  numeric: 'comparisons such as [">=", 1, "<", 10]',
}

function ofText(fits: (value: string, wanted: string) => boolean) {
  return (argument: unknown): Test | undefined =>
    typeof argument === 'string' ? inAny((value) => typeof value === 'string' && fits(value, argument)) : undefined
}

const comparisons: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '=': (value, bound) => value === bound,
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
}

function numericRule(argument: unknown): Test | undefined {
  if (!Array.isArray(argument) || argument.length === 0 || argument.length > 4 || argument.length % 2 === 1)
    return undefined
  const tests: ((value: number) => boolean)[] = []
  for (let place = 0; place < argument.length; place += 2) {
    const [operator, bound] = [String(argument[place]), argument[place + 1]]
    const compare = Object.hasOwn(comparisons, operator) ? comparisons[operator] : undefined
    if (compare === undefined || typeof bound !== 'number') return undefined
    tests.push((value) => compare(value, bound))
  }
  return inAny((value) => typeof value === 'number' && tests.every((test) => test(value)))
}

function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}
