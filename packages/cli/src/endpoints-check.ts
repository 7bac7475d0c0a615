import { createInterface } from 'node:readline'
import { type TargetPolicy, targetRules } from '@millrace/domain'
import { targetsOf } from '@millrace/service-kit'
import { command, type Terminal } from './command.ts'
import { readCliSettings } from './settings.ts'

/** Names are resolved at the same time for this many URLs. */
const AT_ONCE = 16

/** `endpoints check`: what `endpoints add` and every try of a delivery would say of a URL. */
export const checkEndpoints = command({
  name: 'endpoints check',
  takes: ['URL...'],
  summary: 'Say for each URL whether it may be an endpoint, without sending it anything.',
  details: [
    'One line a URL: accepted or refused, the rule, and why. `-` reads URLs from stdin, one a line, without the blanks around it. Exit code 1 when one is refused.',
    'Names are resolved and every address judged, as before each connection. Rules:',
    ...Object.entries(targetRules).map(([rule, meaning]) => `  ${rule.padEnd(18)} ${meaning}`),
  ].join('\n'),
  options: { json: { type: 'boolean', doc: 'One JSON object per line.' } },
  async run({ args, options: { json } }, terminal) {
    const targets = targetsOf(readCliSettings())
    noteLooseRules(targets.policy, terminal)
    let areAllTaken = true
    for await (const urls of inChunks(urlsOf(args))) {
      const verdicts = await Promise.all(urls.map(async (url) => ({ url, verdict: await targets.check(url) })))
      for (const { url, verdict } of verdicts) {
        areAllTaken &&= verdict.ok
        terminal.line(json ? asJson(url, verdict) : asLine(url, verdict))
      }
      await terminal.drained()
    }
    return areAllTaken ? 0 : 1
  },
})

/** What is accepted under such settings may be refused where customers are served. */
function noteLooseRules({ allowPrivate, allowHttp }: TargetPolicy, terminal: Terminal): void {
  const on = [...(allowPrivate ? ['DELIVERY_ALLOW_PRIVATE'] : []), ...(allowHttp ? ['DELIVERY_ALLOW_HTTP'] : [])]
  if (on.length === 0) return
  const taken = [
    ...(allowPrivate ? ['private addresses, local names and any port'] : []),
    ...(allowHttp ? ['http:'] : []),
  ]
  terminal.note(
    `${on.join(' and ')} ${on.length > 1 ? 'are' : 'is'} set: ${taken.join(' and ')} are accepted here, and refused without`,
  )
}

type Verdict = Awaited<ReturnType<ReturnType<typeof targetsOf>['check']>>

/** What would steer the terminal, or could not be seen, is escaped; all else is shown as it was given. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

function asLine(url: string, verdict: Verdict): string {
  const shown = url.replaceAll(unprintable, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`)
  return verdict.ok ? `accepted  ${shown}` : `refused   ${shown}  ${verdict.rule}: ${verdict.detail}`
}

function asJson(url: string, verdict: Verdict): string {
  return JSON.stringify(
    verdict.ok ? { url, accepted: true } : { url, accepted: false, rule: verdict.rule, detail: verdict.detail },
  )
}

async function* urlsOf(args: readonly string[]): AsyncGenerator<string> {
  for (const arg of args) {
    if (arg !== '-') yield arg
    else
      for await (const line of createInterface({ input: process.stdin })) {
        const url = line.trim()
        if (url !== '') yield url
      }
  }
}

async function* inChunks(urls: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  let chunk: string[] = []
  for await (const url of urls) {
    chunk.push(url)
    if (chunk.length < AT_ONCE) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}
