import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

const avroDir = new URL('../avro/', import.meta.url)

/** A file `avro/<Name>/v<N>.avsc`. */
export interface AvroFile {
  readonly name: string
  readonly version: number
  /** `<Name>/v<N>.avsc` */
  readonly path: string
  readonly text: string
}

/** All schema files by name and version. @throws Error when a version is missing between two others. */
export function avroFiles(): AvroFile[] {
  return readdirSync(avroDir).sort().flatMap(versionsOf)
}

function versionsOf(name: string): AvroFile[] {
  const files = readdirSync(new URL(`${name}/`, avroDir)).filter((file) => file.endsWith('.avsc'))
  return files.map((_, index) => {
    const path = `${name}/v${index + 1}.avsc`
    return { name, version: index + 1, path, text: readFileSync(new URL(path, avroDir), 'utf8') }
  })
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
