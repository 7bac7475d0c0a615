import type { ReactNode } from 'react'

/** Drawn on a grid of 16; decoration only, so the text beside it or the button's label says what it means. */
function icon(children: ReactNode) {
  return function Icon({ size = 16 }: { readonly size?: number }) {
    return (
      <svg
        aria-hidden="true"
        width={size}
        height={size}
        viewBox="0 0 16 16"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        {children}
      </svg>
    )
  }
}

export const CopyIcon = icon(<path d="M5.500 5.500h7v8h-7zM3.500 10.500v-8h7" />)
export const CheckIcon = icon(<path d="m3 8.500 3.500 3.500L13 4.500" />)
export const CloseIcon = icon(<path d="m4 4 8 8M12 4l-8 8" />)
export const MenuIcon = icon(<path d="M2.500 4h11M2.500 8h11M2.500 12h11" />)
export const PauseIcon = icon(<path d="M5.500 3.500v9M10.500 3.500v9" />)
export const PlayIcon = icon(<path d="M5 3.500v9L12 8z" />)
export const ReplayIcon = icon(<path d="M3 8a5 5 0 1 0 1.500-3.550M3 2.500V5h2.500" />)
export const SunIcon = icon(
  <path d="M8 5.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5zM8 1.500v1M8 13.500v1M1.500 8h1M13.500 8h1M3.400 3.400l.7.700M11.900 11.900l.7.700M3.400 12.600l.7-.700M11.900 4.100l.7-.700" />,
)
export const MoonIcon = icon(<path d="M13 9.500A5.500 5.500 0 0 1 6.500 3 5.500 5.500 0 1 0 13 9.500z" />)
export const ScreenIcon = icon(<path d="M2.500 3.500h11v7h-11zM6 13.500h4" />)
export const WheelIcon = icon(
  <path d="M10 3.500a5 5 0 1 1 0 10 5 5 0 0 1 0-10zM10 3.500v10M5 8.500h10M1 3.500c1.800 0 2.500 1.200 4 1.200M1 7c1 0 1.500.400 2.500.400" />,
)
