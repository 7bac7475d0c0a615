import { createContext, type ReactNode, useContext, useState } from 'react'

export type Zone = 'local' | 'utc'

interface ZoneChoice {
  readonly zone: Zone
  readonly setZone: (zone: Zone) => void
}

const KEY = 'millrace.zone'
const ZoneContext = createContext<ZoneChoice>({ zone: 'local', setZone: () => {} })

export function ZoneProvider({ children }: { readonly children: ReactNode }) {
  const [zone, set] = useState<Zone>(() => (localStorage.getItem(KEY) === 'utc' ? 'utc' : 'local'))
  const setZone = (next: Zone) => {
    localStorage.setItem(KEY, next)
    set(next)
  }
  return <ZoneContext value={{ zone, setZone }}>{children}</ZoneContext>
}

export function useZone(): ZoneChoice {
  return useContext(ZoneContext)
}
