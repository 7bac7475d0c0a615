const words: Readonly<Record<string, string>> = {
  config: 'conversation config',
  response: 'approved responses only',
}

/** What an endpoint is for. */
export function endpointKindWords(kind: string): string {
  return words[kind] ?? kind
}
