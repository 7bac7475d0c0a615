import { Link, useLocation } from 'wouter'
import { Button } from '../ui/button.tsx'
import { CloseIcon, MenuIcon } from '../ui/icons.tsx'
import { type NavGroup, navGroups, type RouteOf, routes } from './routes.ts'
import { mayIn, useMe } from './session.tsx'
import { useTenant } from './tenant.tsx'

const NAV_ID = 'navigation'

export function MenuButton({ isOpen, onToggle }: { readonly isOpen: boolean; readonly onToggle: () => void }) {
  return (
    <Button
      kind="quiet"
      className="menu-button"
      aria-expanded={isOpen}
      aria-controls={NAV_ID}
      aria-label={isOpen ? 'Close the menu' : 'Open the menu'}
      onClick={onToggle}
    >
      {isOpen ? <CloseIcon /> : <MenuIcon />}
    </Button>
  )
}

export function Navigation({ isOpen }: { readonly isOpen: boolean }) {
  return (
    <nav id={NAV_ID} className={isOpen ? 'rail is-open' : 'rail'} aria-label="Pages">
      {navGroups.map((group) => (
        <Group key={group} group={group} />
      ))}
    </nav>
  )
}

function Group({ group }: { readonly group: NavGroup }) {
  const me = useMe()
  const tenant = useTenant()
  const shown = routes.filter(({ nav }) => nav?.group === group && mayIn(me, tenant, nav.role ?? 'viewer'))
  if (shown.length === 0) return null
  return (
    <div>
      <h2>{group}</h2>
      <ul>
        {shown.map((route) => (
          <Line key={route.path} route={route} />
        ))}
      </ul>
    </div>
  )
}

function Line({ route }: { readonly route: RouteOf }) {
  const [path] = useLocation()
  const isHere = route.path === '/' ? path === '/' : path === route.path || path.startsWith(`${route.path}/`)
  return (
    <li>
      <Link href={route.path} aria-current={isHere ? 'page' : undefined}>
        {route.nav?.label}
      </Link>
    </li>
  )
}
