import { Socket } from 'node:net'

// Loaded before a command. The pipe from bootstrap.mjs closes when that process ends in any way, kill -9 included;
// SIGTERM to ourselves is then what a person's Ctrl-C would have been.
const fd = Number(process.env.MILLRACE_PARENT_FD)
delete process.env.MILLRACE_PARENT_FD
if (fd > 2) {
  const pipe = new Socket({ fd, readable: true, writable: false })
  pipe.on('error', () => {})
  pipe.on('close', () => process.kill(process.pid, 'SIGTERM'))
  pipe.resume()
  pipe.unref()
}
