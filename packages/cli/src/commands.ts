import type { Command } from './command.ts'
import { createTopics, listTopics } from './topics.ts'

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [listTopics, createTopics]
