/**
 * A place where data rests that no schema describes. Texts may name a setting as `{{NAME}}`: the page that is generated shows it with its default.
 * Marks mean what they mean in the Avro files (`PersonalMark` of @millrace/schemas).
 */
export interface RestingPlace {
  /** Parts that tell who somebody is, in words or by their names; empty where nothing does. */
  readonly subject: string
  /** Parts that hold what people wrote, or what was derived from it. */
  readonly content: string
  /** What of it is encrypted by the key of its subject while `MILLRACE_ENCRYPTION` is on; absent: nothing. */
  readonly encrypted?: string
  readonly purpose: string
  /** When it ends, and by what. */
  readonly kept: string
  /** Services, programs or people. */
  readonly readers: string
}
