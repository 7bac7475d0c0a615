/** What Java says when a jar is cut or is no jar. */
const signs = /NoClassDefFoundError|ClassNotFoundException|\bzip\b|invalid or corrupt jarfile/i

/** A sentence on what to do when what a server said at its end shows that one of its files is broken; else empty. */
export function brokenDownloadAdvice(output: string): string {
  return signs.test(output) ? 'A download is broken: rm -rf .local/cache, then run this again.\n' : ''
}
