import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SourcesOnDisk {
  /** For MILLRACE_SOURCES. */
  readonly path: string
  /** Gives the file another text, each time in the next of the ways in which files change; tells which. */
  write(text: string): string
}

/** A directory laid out as Kubernetes lays out a ConfigMap: the file is a link into `..data`, which is a link to the present version. */
export function createSourcesOnDisk(): SourcesOnDisk {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-sources-'))
  const path = join(directory, 'sources.yaml')
  let count = 0

  const swapLink = (text: string) => {
    const version = `..version-${count}`
    mkdirSync(join(directory, version))
    writeFileSync(join(directory, version, 'sources.yaml'), text)
    replaceByLink(version, join(directory, '..data'))
    replaceByLink(join('..data', 'sources.yaml'), path)
  }
  const rename = (text: string) => {
    writeFileSync(`${path}.tmp`, text)
    renameSync(`${path}.tmp`, path)
  }
  /** As editors do that empty the file first; for a moment it holds a half. */
  const inPlace = (text: string) => {
    const half = Math.floor(text.length / 2)
    writeFileSync(path, text.slice(0, half))
    writeFileSync(path, text.slice(half), { flag: 'a' })
  }
  const ways = [
    ['link', swapLink],
    ['rename', rename],
    ['in place', inPlace],
  ] as const
  return {
    path,
    write(text) {
      const [name, write] = ways[count % ways.length] ?? ways[0]
      count += 1
      write(text)
      return name
    },
  }
}

function replaceByLink(target: string, link: string): void {
  rmSync(`${link}.new`, { force: true })
  symlinkSync(target, `${link}.new`)
  renameSync(`${link}.new`, link)
}
