import { Button } from '../ui/button.tsx'
import { MoonIcon, ScreenIcon, SunIcon } from '../ui/icons.tsx'
import { setTheme, type Theme, useTheme } from './theme.ts'
import { useZone } from './time-zone.tsx'

const looks = {
  system: { next: 'light', label: 'Colours follow the system', Icon: ScreenIcon },
  light: { next: 'dark', label: 'Light colours', Icon: SunIcon },
  dark: { next: 'system', label: 'Dark colours', Icon: MoonIcon },
} as const satisfies Record<Theme, unknown>

export function ThemeChoice() {
  const { next, label, Icon } = looks[useTheme()]
  const text = `${label}. Change to ${looks[next].label.toLowerCase()}`
  return (
    <Button kind="quiet" onClick={() => setTheme(next)} aria-label={text} title={text}>
      <Icon />
    </Button>
  )
}

export function ZoneSwitch() {
  const { zone, setZone } = useZone()
  const other = zone === 'local' ? 'utc' : 'local'
  const text = `Times are ${zone === 'local' ? 'local' : 'UTC'}. Change to ${other === 'local' ? 'local time' : 'UTC'}`
  return (
    <Button kind="quiet" onClick={() => setZone(other)} aria-label={text} title={text}>
      {zone === 'local' ? 'Local' : 'UTC'}
    </Button>
  )
}
