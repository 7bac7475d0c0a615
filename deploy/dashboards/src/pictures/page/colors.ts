import { type Defaults, defaultsOf, type Picture } from './picture.ts'

const NAMED: Readonly<Record<string, string>> = {
  green: '#56a64b',
  orange: '#ff780a',
  red: '#e02f44',
  'dark-red': '#ad0317',
  blue: '#3274d9',
  purple: '#a352cc',
}
const PALETTE = [
  '#3274d9',
  '#56a64b',
  '#f2a900',
  '#e02f44',
  '#8f3bb8',
  '#00a3a3',
  '#ff780a',
  '#6b7280',
  '#b877d9',
  '#7c6500',
  '#1f60c4',
  '#37872d',
]

export function colorNamed(name: string): string {
  return NAMED[name] ?? name
}

/** The colour of a value, by words for values or by thresholds. */
export function colorOfValue(value: number, { thresholds, mappings }: Defaults): string {
  const word = mappings?.[0]?.options[String(value)]
  if (word !== undefined) return colorNamed(word.color)
  const steps = thresholds?.steps ?? []
  return colorNamed(steps.filter((step) => step.value === null || value >= step.value).at(-1)?.color ?? 'green')
}

/** The colour of the series in its place: its own where it has one. */
export function colorOfSeries(picture: Picture, name: string, place: number): string {
  const own = picture.panel.fieldConfig?.overrides.find(({ matcher }) => matcher.options === name)
  const fixed = own?.properties.find(({ id }) => id === 'color')?.value.fixedColor
  return fixed === undefined ? (PALETTE[place % PALETTE.length] ?? '#3274d9') : colorNamed(fixed)
}

/** Where a chart has dashed lines. */
export function limitsOf(picture: Picture): readonly { readonly value: number; readonly color: string }[] {
  const steps = defaultsOf(picture).thresholds?.steps ?? []
  return steps.flatMap(({ value, color }, place) => {
    if (value === null) return []
    // Where low is bad, the line has the colour of what is below it.
    const worse = steps[0]?.color === 'green' ? color : (steps[place - 1]?.color ?? color)
    return [{ value, color: colorNamed(worse) }]
  })
}
