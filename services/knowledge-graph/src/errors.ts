/** Every error of this service: what the code means, the HTTP status it deserves, and whether trying the same input again can help. */
export const knowledgeErrors = {
  MR_KNOWLEDGE_TASK_UNREADABLE: {
    statusCode: 422,
    retryable: false,
    meaning:
      'The payload holds no task that can be read, or one of more nodes than are taken; `problems` names each place and rule.',
  },
  MR_KNOWLEDGE_EXTRACTION_FAILED: {
    statusCode: 500,
    retryable: false,
    meaning: 'Extraction broke on this event; it is in the dead-letter topic of knowledge-extract.',
  },
} as const

export type KnowledgeErrorCode = keyof typeof knowledgeErrors
