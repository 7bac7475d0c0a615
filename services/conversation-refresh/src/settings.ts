import {
  adminPort,
  apiTokenSettings,
  boolean,
  common,
  defineSettings,
  duration,
  integer,
  sourceSettings,
} from '@millrace/service-kit'

export const settings = defineSettings({
  ...common,
  ...sourceSettings,
  ...apiTokenSettings,
  adminPort: adminPort('conversation-refresh', 9082),
  concurrency: integer(
    'REFRESH_CONCURRENCY',
    4,
    'Conversations of one account and lane that are read from the Front API at the same time.',
    {
      min: 1,
      max: 64,
    },
  ),
  messages: integer('REFRESH_MESSAGES', 20, 'Latest messages of a conversation that its snapshot lists.', {
    min: 1,
    max: 100,
  }),
  callTimeoutMs: duration('REFRESH_CALL_TIMEOUT_MS', 10_000, 'Longest time for one call of the Front API.', {
    min: 500,
    max: 60_000,
  }),
  maxInHand: integer(
    'REFRESH_MAX_WAITING',
    1_000,
    'Wishes to read a conversation that wait at once; then Kafka keeps them.',
    {
      min: 10,
      max: 10_000,
    },
  ),
  previewDelayMs: duration(
    'REFRESH_PREVIEW_DELAY_MS',
    500,
    'How long an event preview waits at least for others that the same call of the Front API completes.',
    { min: 0, max: 30_000 },
  ),
  isFolding: boolean('REFRESH_FOLD_EVENTS', true, 'false: what events carry is not used, each of them costs a read.'),
})
