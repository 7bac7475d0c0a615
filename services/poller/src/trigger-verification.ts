/** Requests of one account over a span: taken and refused for their signature or time. */
export interface VerificationCount {
  readonly accepted: number
  readonly refused: number
}

const ALERT_PERCENT = 1
/** A wrong request now and then is the Internet. */
const LEAST_REFUSED = 5

/** Whether so many requests fail verification that somebody should look. It never makes a rollback: anybody can send forged requests. */
export function isVerificationAlarming({ accepted, refused }: VerificationCount): boolean {
  return refused >= LEAST_REFUSED && (refused / (accepted + refused)) * 100 > ALERT_PERCENT
}
