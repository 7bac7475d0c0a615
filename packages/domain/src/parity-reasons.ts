/** Why one way did not bring an event, in words. `isHarmless`: it says nothing against cutting over. */
export const parityReasons = {
  'type-not-sent': { isHarmless: true, text: 'a type that webhooks do not send' },
  'type-not-polled': { isHarmless: true, text: 'a type that polling does not tell' },
  'private-inbox': { isHarmless: true, text: 'a private inbox, which one of both ways does not see' },
  'no-event-id': { isHarmless: true, text: "a webhook without the provider's event id, which cannot be compared" },
  'verification-failures': { isHarmless: false, text: 'webhooks were refused then, for their signature or time' },
  'no-webhooks-then': {
    isHarmless: false,
    text: 'no webhook came at all then: an outage, or the provider has disabled it',
  },
  unknown: { isHarmless: false, text: 'not known' },
} as const

export type ParityReason = keyof typeof parityReasons

/** False for a reason that this version does not know. */
export function isHarmlessReason(reason: string): boolean {
  return reason in parityReasons && parityReasons[reason as ParityReason].isHarmless
}
