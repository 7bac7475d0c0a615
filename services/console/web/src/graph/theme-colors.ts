/**
 * The colours that CSS variables have now, as `rgb(…)` for a canvas, which knows neither variables nor `light-dark()`.
 * @param names of CSS variables, with their dashes
 */
export function themeColors<const N extends string>(names: readonly N[]): Record<N, string> {
  const probe = document.createElement('i')
  probe.hidden = true
  document.body.append(probe)
  try {
    return Object.fromEntries(
      names.map((name) => {
        probe.style.color = `var(${name})`
        return [name, getComputedStyle(probe).color]
      }),
    ) as Record<N, string>
  } finally {
    probe.remove()
  }
}
