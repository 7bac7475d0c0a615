import { join } from 'node:path'
import { root, services } from '@millrace/local'

/** A package of which an image is made. */
export interface Bundled {
  /** Of the image and the build argument `SERVICE`: the name of the package's directory. */
  readonly name: string
  readonly directory: string
}

/** All of which images are made: services, the command line, and, as `support`, the simulators for trying things out. */
export const bundled: readonly Bundled[] = [
  ...services.map(({ name }) => ({ name, directory: join(root, 'services', name) })),
  { name: 'cli', directory: join(root, 'packages/cli') },
  { name: 'support', directory: join(root, 'test/support') },
]
