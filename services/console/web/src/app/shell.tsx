import { type ReactNode, useEffect, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { WheelIcon } from '../ui/icons.tsx'
import { AccountMenu } from './account-menu.tsx'
import { GlobalSearch } from './global-search.tsx'
import { LedgerStanding } from './ledger-standing.tsx'
import { MenuButton, Navigation } from './navigation.tsx'
import { TenantChoice } from './tenant-choice.tsx'
import { ThemeChoice, ZoneSwitch } from './view-choices.tsx'

/** What stands around every page. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const [isOpen, setOpen] = useState(false)
  const [path] = useLocation()
  useEffect(() => setOpen(false), [path])
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <header className="bar">
        <MenuButton isOpen={isOpen} onToggle={() => setOpen(!isOpen)} />
        <Link href="/" className="brand">
          <WheelIcon size={22} /> Millrace
        </Link>
        <GlobalSearch />
        <TenantChoice />
        <div className="bar-end">
          <ZoneSwitch />
          <ThemeChoice />
          <AccountMenu />
        </div>
      </header>
      <Navigation isOpen={isOpen} />
      <main id="main" className="content" tabIndex={-1}>
        <LedgerStanding />
        {children}
      </main>
    </div>
  )
}
