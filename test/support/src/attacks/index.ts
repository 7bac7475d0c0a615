export * from './attack.ts'
export * from './http-attacks.ts'
export { freshBody, signatureAttacks } from './signature-attacks.ts'
export * from './slow-attacks.ts'
