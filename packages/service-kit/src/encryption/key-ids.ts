/** Hex digits of a key id's last part. */
const HEX_LENGTH = 16

/** Stands for a conversation in the subject of a tenant's key of blind indexes. */
const INDEX = '#index'

const DAY_MS = 86_400_000

/** Whose key it is: `default/cnv_1` of `default/cnv_1/0123456789abcdef`, and of the slot that the key is in. */
export function subjectOfKeyId(keyId: string): string {
  return keyId.slice(0, Math.max(0, keyId.lastIndexOf('/')))
}

/** What tells several keys of one subject apart: `0123456789abcdef`, or `20261123-0123456789abcdef` of a key that is used for one day. */
export function nameOfKeyId(keyId: string): string {
  return keyId.slice(keyId.lastIndexOf('/') + 1)
}

/** Whether it has the form of a key id: what came in a header may be anything. */
export function isKeyId(text: string): boolean {
  return /^[^/]+\/.+\/(?:\d{8}-)?[0-9a-f]{16}$/su.test(text)
}

/** Whether it is what `nameOfKeyId` gives: fields of the hash in Redis are others too. */
export function isKeyName(text: string): boolean {
  return /^(?:\d{8}-)?[0-9a-f]{16}$/.test(text)
}

/**
 * What a key is one of: several may have been made for a subject, or for a subject's day, and any of them does. With 16 hex digits behind it, it is a key
 * id. @param day `yyyymmdd`; absent: the subject's key that has no day
 */
export function slotOf(subject: string, day?: string): string {
  return day === undefined ? `${subject}/` : `${subject}/${day}-`
}

export function slotOfKeyId(keyId: string): string {
  return keyId.slice(0, -HEX_LENGTH)
}

/** The UTC day of a key, or of a slot; undefined where it has none. */
export function dayOfKey(keyIdOrSlot: string): string | undefined {
  const name = nameOfKeyId(keyIdOrSlot)
  return name[8] === '-' ? name.slice(0, 8) : undefined
}

/** The UTC day of a time in epoch milliseconds, as keys name it: `yyyymmdd`. Days are in the order of their texts. */
export function keyDay(at: number): string {
  const day = Math.floor(at / DAY_MS)
  // Asked for each record, and nearly always the same.
  if (day !== known.day) known = { day, text: new Date(at).toISOString().slice(0, 10).replaceAll('-', '') }
  return known.text
}

let known = { day: Number.NaN, text: '' }

/** When a day begins, epoch milliseconds; NaN of what is no day. */
export function startOfKeyDay(day: string): number {
  return Date.parse(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T00:00:00Z`)
}

/** The last day whose keys have ended at `now` where each is kept for so many whole days after its own. */
export function lastEndedDay(now: number, days: number): string {
  return keyDay(now - (days + 1) * DAY_MS)
}

export function tenantOfSubject(subject: string): string {
  return subject.slice(0, Math.max(0, subject.indexOf('/')))
}

/** The subject under which a tenant's key of blind indexes is kept; it is nobody's and never destroyed. */
export function indexSubject(tenant: string): string {
  return `${tenant}/${INDEX}`
}

/** The subject of a record: ids in payloads are anything, and none may be that of the key of blind indexes. */
export function recordSubject(subject: string): string {
  return subject.endsWith(`/${INDEX}`) ? `${subject}_` : subject
}

export function isIndexKey(keyId: string): boolean {
  return subjectOfKeyId(keyId).endsWith(`/${INDEX}`)
}
