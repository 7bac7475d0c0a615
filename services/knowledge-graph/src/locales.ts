import type { Account, SourcesHolder } from '@millrace/service-kit'

/** Where an account's people write from, as the sources file says it. */
export type Locale = Pick<Account, 'country' | 'timeZone'>

/** The locale of an account; nothing is assumed of one that says none, or that is not listed. */
export type LocaleOf = (place: { readonly tenant: string; readonly account: string }) => Locale

/** For whoever knows no accounts. */
export const noLocales: LocaleOf = () => ({})

/** The locales of the accounts as they are now; a change counts for what is extracted from then on. */
export function localesOf(sources: Pick<SourcesHolder, 'current'>): LocaleOf {
  let accounts: readonly Account[] = []
  let byAccount: ReadonlyMap<string, Locale> = new Map()
  return ({ tenant, account }) => {
    const now = sources.current().accounts
    if (now !== accounts) {
      accounts = now
      byAccount = new Map(now.map((each) => [`${each.tenant}/${each.name}`, each]))
    }
    const { country, timeZone } = byAccount.get(`${tenant}/${account}`) ?? {}
    return { country, timeZone }
  }
}
