import { allTopics, deadLetterTopic, type Topic, topics } from '@millrace/schemas'
import { usage } from './command.ts'

export interface FoundTopic {
  readonly topic: Topic<unknown>
  /** Whose values it holds: itself, or for a dead-letter topic the topic that its records come from. */
  readonly decodedAs: Topic<unknown>
}

const byKey = topics as unknown as Readonly<Record<string, Topic<unknown>>>

/**
 * A topic by its name (`webhooks.events.v1`), by its key in the registry (`events`), or a dead-letter topic by either (`events.dlq.GROUP`).
 * @throws CliError `MR_CLI_USAGE`
 */
export function findTopic(text: string): FoundTopic {
  const [source = '', group] = text.split('.dlq.', 2)
  const found = Object.hasOwn(byKey, source) ? byKey[source] : Object.values(byKey).find(({ name }) => name === source)
  if (found === undefined) throw usage(`no topic "${text}"; one of ${Object.keys(byKey).join(', ')}`, 'tail')
  if (group === undefined) return { topic: found, decodedAs: found }
  const dead = deadLetterTopic(found, group)
  if (!allTopics().some(({ name }) => name === dead.name))
    throw usage(`no group "${group}" reads ${found.name}; one of ${found.groups.join(', ') || '(none)'}`, 'tail')
  return { topic: dead as Topic<unknown>, decodedAs: found }
}
