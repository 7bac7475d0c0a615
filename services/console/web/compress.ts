import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

const packable = /\.(js|css|html|svg)$/

/** Writes a `.br` and a `.gz` beside each text file of the build, so that the console packs nothing while it serves. */
export function compress(): Plugin {
  return {
    name: 'compress',
    apply: 'build',
    // What Vite changes last is in the files, not yet in the bundle that earlier hooks see.
    async writeBundle({ dir = 'dist' }, bundle) {
      const names = [...Object.keys(bundle), 'favicon.svg'].filter((name) => packable.test(name))
      await Promise.all(names.map((name) => pack(join(dir, name))))
    },
  }
}

async function pack(path: string): Promise<void> {
  const content = await readFile(path)
  await Promise.all([
    writeFile(`${path}.br`, brotliCompressSync(content)),
    writeFile(`${path}.gz`, gzipSync(content, { level: 9 })),
  ])
}
