export * from './schema.ts'
export * from './topics.ts'
export * from './values.ts'
export * from './wire-format.ts'
