import { LinkifyIt, type Match } from 'linkify-it'
import { organisationDomain } from './mail-domain.ts'
import { type Found, found } from './reader.ts'

// Under other endings a name without scheme is as likely a file or two sentences without a space: `setup.py`, `readme.md`, `done.so`.
const PLAIN_ENDING = /\.(?:com|org|net|edu|gov|io|dev|app|eu|co\.uk|org\.uk|de|fr|nl|ca|com\.au|info|biz|shop)$/
// Beside the library's own list: endings of addresses that one meets in mail.
const MORE_ENDINGS =
  'agency app bank care clinic cloud company consulting dev digital email energy finance global group health hotel international legal london media online partners solutions store studio systems team tech travel work world'
const MAX_URL_LENGTH = 2_048

const linkify = new LinkifyIt({ fuzzyLink: true, fuzzyEmail: true, fuzzyIP: false, maxLength: MAX_URL_LENGTH })
linkify.tlds(MORE_ENDINGS.split(' '), true)
linkify.add('//', null)

/** Mail addresses, the organisations that their domains name, web addresses, and those that are a task or conversation. */
export function readLinks(text: string): Found[] {
  return (linkify.match(text) ?? []).flatMap((match) =>
    match.schema === 'mailto:' ? readEmail(match, text) : readUrl(match),
  )
}

function readEmail(match: Match, text: string): Found[] {
  const [before = ''] = /^(?:mailto:)?['`]*/i.exec(match.raw) ?? []
  const address = match.raw.slice(before.length).replace(/\?.*$/, '')
  const start = match.index + before.length
  const end = start + address.length
  // `git@host:group/project` is where a repository lies, `package@1.2.3` a version of something.
  if (/^:\S/.test(text.slice(end, end + 2)) || !/\p{L}$/u.test(address) || address.length > 254) return []
  const value = address.toLowerCase()
  const domain = value.slice(value.lastIndexOf('@') + 1)
  const email = found('email', value, [start, end], { domain })
  const organisation = organisationDomain(domain)
  if (organisation === null) return [email]
  return [email, found('organisation', organisation, [end - domain.length, end], { name: null, domain: organisation })]
}

function readUrl(match: Match): Found[] {
  const url = URL.parse(match.url)
  if (url === null || !/^(?:https?|ftp):$/.test(url.protocol)) return []
  const span = [match.index, match.lastIndex] as const
  const reference = readReferenceUrl(url, span)
  if (reference !== null) return [reference]
  if (match.schema === '' && !isPlainHost(match.raw)) return []
  return [found('url', normalHref(url), span, { host: url.hostname, path: url.pathname })]
}

function normalHref(url: URL): string {
  const { pathname, search, hash } = url
  url.username = ''
  url.password = ''
  return pathname === '/' && search === '' && hash === '' ? url.href.replace(/\/$/, '') : url.href
}

/** A URL that stands alone, in the form in which mentions have it; as it is where it is none. */
export function normalUrl(text: string): string {
  const url = URL.parse(text.trim())
  return url === null ? text : normalHref(url)
}

/** `Booking.com` and `ASP.NET` are names of things; addresses without a scheme are written small. */
function isPlainHost(raw: string): boolean {
  const host = raw.split(/[/?#:]/, 1)[0] ?? ''
  return host === host.toLowerCase() && (host.startsWith('www.') || PLAIN_ENDING.test(host))
}

// https://app.clickup.com/t/<task> or /t/<workspace>/<custom id>; https://app.frontapp.com/open/<conversation>.
const TASK_PATH = /^\/t\/(?:\d+\/)?([A-Za-z0-9]+(?:-\d+)?)\/?$/

function readReferenceUrl(url: URL, span: readonly [number, number]): Found | null {
  if (url.hostname === 'app.clickup.com') {
    const id = TASK_PATH.exec(url.pathname)?.[1]
    return id === undefined ? null : found('task_reference', id, span, { vendor: 'clickup', url: url.href })
  }
  if (!/(?:^|\.)frontapp\.com$/.test(url.hostname)) return null
  const id = /\/(cnv_[0-9a-z]+)(?:\/|$)/.exec(url.pathname)?.[1]
  return id === undefined ? null : found('conversation_reference', id, span, { vendor: 'front', url: url.href })
}
