const words: Readonly<Record<string, string>> = {
  'webhook-response': 'Send a webhook response',
  'webhook-data': 'Hand webhook data in',
  erasure: 'Erase personal data',
  replay: 'Replay events',
  redrive: 'Redrive dead letters',
  'endpoint-enable': 'Enable an endpoint',
}

/** What a request asks for, in words. */
export function kindWords(kind: string): string {
  return words[kind] ?? kind
}
