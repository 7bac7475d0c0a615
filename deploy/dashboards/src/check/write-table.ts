import type { PanelFinding } from './ask-panels.ts'
import type { RuleFinding } from './check-rules.ts'

/** What was found as a page: first what is wrong, then everything. */
export function tableOf(panels: readonly PanelFinding[], rules: readonly RuleFinding[]): string {
  const wrong = [
    ...panels.flatMap(({ dashboard, panel, problems }) =>
      problems.map((text) => `- ${dashboard}, “${panel}”: ${text}`),
    ),
    ...rules.flatMap(({ file, rule, problems }) =>
      problems.map((text) => `- ${[file, rule].filter(Boolean).join(', ')}: ${text}`),
    ),
  ]
  return [
    '# Signals',
    '',
    ...(wrong.length === 0 ? ['Nothing is wrong.'] : wrong),
    '',
    '| dashboard | panel | queries | series | |',
    '|---|---|---|---|---|',
    ...panels.map(({ dashboard, panel, queries, series, problems }) =>
      row([dashboard, panel, queries, series, verdict(problems)]),
    ),
    '',
    '| file | rule | |',
    '|---|---|---|',
    ...rules.map(({ file, rule, problems }) => row([file, rule, verdict(problems)])),
    '',
  ].join('\n')
}

function row(cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`
}

function verdict(problems: readonly string[]): string {
  return problems.length === 0 ? 'well' : '**wrong**'
}
