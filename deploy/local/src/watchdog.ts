import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import type { Writable } from 'node:stream'

/**
 * A shell that outlives this process by a moment: it reads what we started from a pipe, and when the pipe closes,
 * which the kernel does even on kill -9, it kills what is still there and deletes the directories named to it.
 * It has a session of its own, so a Ctrl-C in the terminal does not reach it.
 */
const script = `
trap '' INT TERM HUP
groups=' '
while read -r verb value; do
  case $verb in
    start) groups="$groups$value " ;;
    end) case $groups in *" $value "*) groups="\${groups%% $value *} \${groups#* $value }" ;; esac ;;
    remove) set -- "$@" "$value" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
for directory in "$@"; do rm -rf -- "$directory"; done
`

let pipe: Writable | undefined

function tell(line: string): void {
  pipe ??= startWatchdog()
  pipe.write(`${line}\n`)
}

function startWatchdog(): Writable {
  const watchdog = spawn('sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  const { stdin } = watchdog
  stdin.on('error', () => {})
  watchdog.unref()
  if ('unref' in stdin && typeof stdin.unref === 'function') stdin.unref()
  return stdin
}

/** Starts a process in a group of its own that dies with this process, however this process ends. */
export function spawnGuarded(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, { ...options, detached: true })
  const { pid } = child
  if (pid !== undefined) {
    tell(`start ${pid}`)
    child.once('exit', () => tell(`end ${pid}`))
  }
  return child
}

/** Has a directory deleted when this process ends, however it ends. */
export function removeAtEnd(directory: string): void {
  tell(`remove ${directory}`)
}
