import { type Topic, topics } from '../src/index.ts'

export const ownTopics: readonly Topic[] = Object.values(topics) as unknown as Topic[]
