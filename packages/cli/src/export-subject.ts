import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { command, type Terminal, usage } from './command.ts'
import { asked, requireConsole } from './console.ts'
import { cannotWrite, STANDARD_OUTPUT } from './files.ts'

const NAME = 'export'
/** Every topic is read from its beginning. */
const EXPORT_WITHIN_MS = 900_000

/** `export`: everything of a person or conversation. */
export const exportSubject = command({
  name: NAME,
  takes: [],
  summary: 'Write everything of a person or conversation that can be read to a file, as JSON.',
  details: [
    'SUBJECT is email:ADDRESS, conversation:ID, contact:ID or client:ID. Every record of every topic, row and key of Redis that belongs to it is in the file,',
    'each with its place. The console notes in its audit that somebody asked, not for whom. The file is personal data: delete it when it was handed over.',
    '',
    'millrace export --subject email:ada@example.com --reason "request 4711" --out ada.json',
    'millrace export --subject email:ada@example.com --reason "request 4711" --out - > ada.json',
  ].join('\n'),
  options: {
    subject: { type: 'string', value: 'SUBJECT', doc: 'Whom or what. Needed.' },
    out: {
      type: 'string',
      value: 'FILE',
      doc: 'Where to write it; "-": standard output, when that is no terminal. Needed, so that it does not end up on one.',
    },
    reason: { type: 'string', value: 'TEXT', doc: 'Why, for the audit; without the name.' },
    tenant: { type: 'string', value: 'NAME', doc: 'Of this tenant; default: default.' },
  },
  async run({ options: { subject, out, reason = '', tenant = 'default' } }, terminal) {
    if (subject === undefined) throw usage('--subject says whom or what', NAME)
    if (out === undefined) throw usage('--out FILE says where to write it', NAME)
    if (out === STANDARD_OUTPUT && terminal.isInteractive)
      throw usage('standard output is a terminal: write --out - > FILE', NAME)
    const client = requireConsole('an export', EXPORT_WITHIN_MS)
    const body = await asked(
      client.POST('/api/v1/tenants/{tenant}/subject-exports', {
        params: { path: { tenant } },
        body: { subject, reason },
        parseAs: 'stream',
        signal: terminal.signal,
      }),
    )
    if (out === STANDARD_OUTPUT) {
      await writeLines(body as unknown as ReadableStream<Uint8Array>, terminal)
      return 0
    }
    try {
      await pipeline(Readable.fromWeb(body as unknown as ReadableStream), createWriteStream(out, { mode: 0o600 }))
    } catch (cause) {
      // A part must not be taken for the whole.
      await rm(out, { force: true })
      cannotWrite(out, cause)
    }
    terminal.line(out)
    return 0
  },
})

/** A connection that breaks rejects: then the last field is missing, and the exit code says so too. */
async function writeLines(body: ReadableStream<Uint8Array>, terminal: Terminal): Promise<void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      terminal.line(line)
      await terminal.drained()
    }
  }
  if (rest !== '') terminal.line(rest)
}
