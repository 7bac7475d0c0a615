interface Named {
  readonly id: string | null
  readonly name: string | null
  readonly handle: string | null
}

/** What a person is called: name, else handle, else id; undefined for nobody. */
export function personName(person: Named | null | undefined): string | undefined {
  return person?.name || person?.handle || person?.id || undefined
}
