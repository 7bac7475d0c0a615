export { type FoldRules, foldEvent, foldRefresh } from './fold.ts'
export { endOf, isBlank, isComplete, MEMORY_OF_ENDS_MS, snapshotOf, standingOf, stateOfSnapshot } from './snapshot.ts'
export { type ConversationState, type FoldLimits, joinConversations } from './state.ts'
export { type ConversationWishes, needOf, wishesOf } from './wishes.ts'
