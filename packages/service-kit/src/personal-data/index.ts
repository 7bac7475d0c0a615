/** Where personal data rests beside topics, whose schemas say it themselves. `docs/privacy.md` is made of it; tests hold it against sources and database. */
export * from './redis-keys.ts'
export * from './signals.ts'
export * from './tables.ts'
export * from './topics.ts'
export type * from './types.ts'
