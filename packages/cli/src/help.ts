import type { Command } from './command.ts'

/** Help of everything, or of the commands below a first word. */
export function overview(commands: readonly Command[], below = ''): string {
  const shown = below === '' ? commands : commands.filter(({ name }) => name.split(' ')[0] === below)
  const rows = shown.map((each) => [`  ${heading(each)}`, each.summary] as const)
  const width = Math.max(...rows.map(([left]) => left.length))
  return [
    `Usage: millrace ${below === '' ? '' : `${below} `}COMMAND [options]`,
    '',
    ...rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`),
    '',
    'millrace COMMAND --help tells the options. Settings are those of the services: KAFKA_BROKERS and the rest, or a .env file.',
    'In a clone `millrace` is `npm run millrace --`, and files are named relative to its root.',
    'Exit code: 0 done, 1 failed, 2 typed wrongly, 3 not safe (parity), 75 not now: run it again later.',
  ].join('\n')
}

/** Help of one command. */
export function commandHelp(command: Command): string {
  const options = Object.entries(command.options).map(([name, { value, doc }]) => [
    `  --${name}${value === undefined ? '' : ` ${value}`}`,
    doc,
  ])
  const width = Math.max(0, ...options.map(([left = '']) => left.length))
  return [
    `Usage: millrace ${heading(command)}${options.length > 0 ? ' [options]' : ''}`,
    '',
    command.summary,
    ...(command.details === undefined ? [] : ['', command.details]),
    ...(options.length === 0 ? [] : ['', 'Options:']),
    ...options.map(([left = '', right = '']) => `${left.padEnd(width)}  ${right}`),
  ].join('\n')
}

function heading({ name, takes }: Command): string {
  return [name, ...takes].join(' ')
}
