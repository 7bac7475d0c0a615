import { z } from 'zod'
import { DomainError } from '../errors.ts'
import { problemsOf } from '../field-problems.ts'

/**
 * Something that a person or a program can ask for, by the same name and parameters wherever it is offered (console, MCP). Its schemas check
 * and type what goes in and out, and are published as JSON Schema under docs/schemas/actions. What it needs of the world comes as ports.
 */
export interface Action<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType, P = never> {
  readonly name: string
  readonly title: string
  /** One or two sentences for who chooses among the actions. */
  readonly description: string
  readonly input: I
  readonly output: O
  /** True when it changes nothing. */
  readonly isReadOnly: boolean
  /** @throws DomainError `MR_DOMAIN_ACTION_INPUT` with every problem, `MR_DOMAIN_ACTION_OUTPUT`; whatever a port throws */
  run(input: unknown, ports: P): Promise<z.output<O>>
}

interface ActionDefinition<I extends z.ZodType, O extends z.ZodType, P> extends Omit<Action<I, O, P>, 'run'> {
  readonly act: (input: z.output<I>, ports: P) => Promise<unknown>
}

/** An action whose input is checked before, and whose output is checked after. */
export function defineAction<I extends z.ZodType, O extends z.ZodType, P>(
  definition: ActionDefinition<I, O, P>,
): Action<I, O, P> {
  const { act, ...action } = definition
  return {
    ...action,
    async run(input, ports) {
      return checkedOutput(action, await act(checkedInput(action, input), ports))
    },
  }
}

function checkedInput<I extends z.ZodType>({ name, input }: { name: string; input: I }, value: unknown): z.output<I> {
  const parsed = input.safeParse(value)
  if (parsed.success) return parsed.data
  const problems = problemsOf(input, value)
  const places = problems.map(({ pointer, detail }) => `${pointer === '' ? 'the input' : pointer} ${detail}`)
  throw new DomainError('MR_DOMAIN_ACTION_INPUT', `${name}: ${places.join('; ')}`, null, problems)
}

/** What a port gave is not believed either: a caller that relies on the published schema must not get something else. */
function checkedOutput<O extends z.ZodType>(
  { name, output }: { name: string; output: O },
  value: unknown,
): z.output<O> {
  const parsed = output.safeParse(value)
  if (parsed.success) return parsed.data
  const problems = problemsOf(output, value)
  throw new DomainError('MR_DOMAIN_ACTION_OUTPUT', `${name}: the result is not what its schema says`, null, problems)
}

/** The JSON Schema (draft 2020-12) of what goes into or comes out of an action. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  return z.toJSONSchema(schema, { io, target: 'draft-2020-12' })
}
