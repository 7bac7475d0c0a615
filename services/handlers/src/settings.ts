import {
  adminPort,
  apiTokenSettings,
  common,
  defineSettings,
  duration,
  integer,
  list,
  required,
  sourceSettings,
  string,
} from '@millrace/service-kit'

export const settings = defineSettings({
  ...common,
  ...sourceSettings,
  ...apiTokenSettings,
  adminPort: adminPort('handlers', 9087),
  files: list(
    'HANDLERS_FILES',
    required,
    'Files of a team’s own handlers, TypeScript or JavaScript modules; paths from the directory in which the service starts.',
    { takes: 'paths separated by commas', min: 1 },
  ),
  group: string(
    'HANDLERS_GROUP',
    'handlers',
    'Consumer group of these handlers. Another installation with other files needs a name of its own.',
    { pattern: /^handlers(-[a-z]+){0,4}$/, takes: '`handlers`, or `handlers-` and words of small letters with dashes' },
  ),
  concurrency: integer('HANDLERS_CONCURRENCY', 16, 'Events handled at the same time, each of another conversation.', {
    min: 1,
    max: 256,
  }),
  timeoutMs: duration('HANDLERS_TIMEOUT_MS', 30_000, 'Longest time for one run of a handler; then it is tried again.', {
    min: 100,
    max: 600_000,
  }),
  retryForMs: duration(
    'HANDLERS_RETRY_FOR_MS',
    900_000,
    'Time for which an event is tried again before it becomes a dead letter.',
    { min: 1_000, max: 86_400_000 },
  ),
})
