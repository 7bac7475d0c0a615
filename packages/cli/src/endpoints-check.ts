import { createInterface } from 'node:readline'
import { targetRules } from '@millrace/domain'
import { targetsOf } from '@millrace/service-kit'
import { command } from './command.ts'
import { readCliSettings } from './settings.ts'

/** Names are resolved at the same time for this many URLs. */
const AT_ONCE = 16

/** `endpoints check`: what `endpoints add` and every try of a delivery would say of a URL. */
export const checkEndpoints = command({
  name: 'endpoints check',
  takes: ['URL...'],
  summary: 'Say for each URL whether it may be an endpoint, without sending it anything.',
  details: [
    'One line a URL: accepted or refused, the rule, and why. `-` reads URLs from stdin, one a line. Exit code 1 when one is refused.',
    'Names are resolved and every address judged, as before each connection. Rules:',
    ...Object.entries(targetRules).map(([rule, meaning]) => `  ${rule.padEnd(18)} ${meaning}`),
  ].join('\n'),
  options: { json: { type: 'boolean', doc: 'One JSON object per line.' } },
  async run({ args, options: { json } }, terminal) {
    const targets = targetsOf(readCliSettings())
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

type Verdict = Awaited<ReturnType<ReturnType<typeof targetsOf>['check']>>

function asLine(url: string, verdict: Verdict): string {
  const shown = JSON.stringify(url).slice(1, -1)
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
    else for await (const line of createInterface({ input: process.stdin })) if (line.trim() !== '') yield line
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
