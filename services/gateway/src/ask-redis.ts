import { GatewayError } from './errors.ts'

/** Shorter than the connection's own time-out, so that the caller hears of a hung Redis within 2 s. */
const ANSWER_WITHIN_MS = 1_500

/**
 * What Redis answers within 1.5 s.
 * @throws GatewayError `MR_GATEWAY_REPLIES_UNAVAILABLE`
 */
export async function askRedis<T>(work: () => Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)), ANSWER_WITHIN_MS)
  try {
    return await Promise.race([work(), late])
  } catch (cause) {
    throw new GatewayError('MR_GATEWAY_REPLIES_UNAVAILABLE', { retryAfterSeconds: 5, cause })
  } finally {
    clearTimeout(timer)
  }
}
