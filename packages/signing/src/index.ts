export { SigningError, type SigningErrorCode, signingErrors } from './errors.ts'
export { type Explanation, explainRequest, explainStepwise, type RequestToExplain } from './explain-request.ts'
export { type KeyWrapper, localKeyWrapper } from './key-wrapper.ts'
export { type FoundMistake, type MistakeName, mistakes } from './mistakes.ts'
export type {
  Condition,
  EventFields,
  FieldReference,
  Handshake,
  HandshakeAnswer,
  HandshakeContentType,
  HandshakeMethod,
  Provider,
} from './provider.ts'
export { providerSchema } from './provider-schema.ts'
export { chooseScheme, providerNamed, providers, schemesOf } from './providers.ts'
export { type ProviderEntry, type ProviderProblem, readProvider } from './read-provider.ts'
export { decryptBytes, encryptBytes } from './record-box.ts'
export {
  type Accepted,
  type ApiKeyScheme,
  type Ed25519Scheme,
  type Encoding,
  type Headers,
  type HmacAlgorithm,
  type HmacScheme,
  type Refused,
  type Rule,
  rules,
  type Scheme,
  type Secret,
  type SecretForm,
  type SignatureScheme,
  type SignedRequest,
  type TimestampRule,
  type TimestampUnit,
  type Variant,
  type Verdict,
} from './scheme.ts'
export {
  apiKey,
  clickupHmac,
  defaultToleranceMs,
  frontApp,
  frontPlain,
  frontRule,
  type GenericHmacOptions,
  genericHmac,
  makeApiKey,
  makeHmac,
  standardWebhooksV1,
  standardWebhooksV1a,
  withTolerance,
} from './schemes.ts'
export { newSecretKey, open, parseSecretKeys, type SecretKeys, seal } from './sealed-box.ts'
export {
  checkSecret,
  type Ed25519KeyPair,
  isInForce,
  keyBytes,
  newEd25519KeyPair,
  newSecret,
  publicKeyOf,
  secretsForScheme,
  signingKey,
  verifyingKey,
} from './secret.ts'
export { type Message, sign } from './sign.ts'
export { type StandardWebhook, type StandardWebhooksHeaders, standardWebhooksHeaders } from './standard-webhooks.ts'
export type { OtherSecrets } from './suspect-keys.ts'
export { checkScheme } from './template.ts'
export { signedAt } from './timestamp.ts'
export { verify } from './verify.ts'
export { type RequestToVerify, type RequestVerdict, verifyRequest } from './verify-request.ts'
export { verifyStandardWebhook } from './verify-standard-webhook.ts'
