import { docker, output } from './engine.ts'

/** What an image is, as far as a rule asks for it. */
export interface ImageFacts {
  /** Bytes of the layers that are ours. */
  readonly ownBytes: number
  /** Labels of the OCI annotations that are missing or empty. */
  readonly missingLabels: readonly string[]
  /** User id of the program. */
  readonly uid: number
  /** Whether the program can change the files that it runs from, on a file system that can be written. */
  readonly changesItself: boolean
  readonly hasShell: boolean
  /** Packages in the bill of materials; 0 when it is none. */
  readonly components: number
}

const labels = ['title', 'description', 'version', 'revision', 'created', 'licenses', 'vendor', 'base.name']

/** Looks at an image and runs Node in it, without a network. */
export async function lookAtImage(image: string, base: string): Promise<ImageFacts> {
  const given = JSON.parse(await docker('image', 'inspect', '--format', '{{json .Config.Labels}}', image))
  const { code } = await output('docker', [...isolated, '--entrypoint', '/bin/sh', image, '-c', 'exit 0'])
  return {
    ownBytes: (await sizeOf(image)) - (await sizeOf(base)),
    missingLabels: labels.filter((label) => !given?.[`org.opencontainers.image.${label}`]),
    hasShell: code === 0,
    ...JSON.parse(
      await docker(...isolated, '--entrypoint', 'node', image, '--input-type=module', '--eval', lookInside),
    ),
  }
}

const isolated = ['run', '--rm', '--pull', 'never', '--network', 'none', '--cap-drop', 'ALL']

/** Run inside of the image. */
const lookInside = `
import { readFileSync, writeFileSync } from 'node:fs'
let bill = {}
try { bill = JSON.parse(readFileSync('/app/sbom.cdx.json', 'utf8')) } catch {}
let changesItself = true
try { writeFileSync('/app/main.js', '') } catch { changesItself = false }
console.log(JSON.stringify({ uid: process.getuid(), changesItself, components: bill.bomFormat === 'CycloneDX' ? bill.components.length : 0 }))
`

async function sizeOf(image: string): Promise<number> {
  return Number(await docker('image', 'inspect', '--format', '{{.Size}}', image))
}
